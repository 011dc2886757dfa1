"""Curves, and the facial geometry for identities and action units."""

import numpy as np
import pytest

from emotion.synthetic.expression import LEFT, RIGHT, Expression
from emotion.synthetic.geometry import Eye, Turn, ellipse, shape_face, shift, smooth
from emotion.synthetic.identity import random_identity


@pytest.mark.parametrize("closed", [False, True])
def test_smooth_curve_passes_through_its_points(closed, rng):
    points = rng.normal(size=(7, 2))
    curve = smooth(points, closed, steps=5)
    np.testing.assert_allclose(curve[::5][:7], points, atol=1e-12)
    assert len(curve) == (35 if closed else 31)


def test_smooth_curve_through_collinear_points_is_a_line():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    curve = smooth(np.column_stack([x, 2 * x + 1]))
    np.testing.assert_allclose(curve[:, 1], 2 * curve[:, 0] + 1, atol=1e-12)
    assert (np.diff(curve[:, 0]) > 0).all()


def test_ellipse_has_the_given_centre_and_radii():
    x, y = ((ellipse((1.0, -2.0), 3.0, 0.5) - [1.0, -2.0]) / [3.0, 0.5]).T
    np.testing.assert_allclose(x**2 + y**2, 1.0)


def test_shift_returns_moved_copy():
    points = np.zeros((3, 2))
    np.testing.assert_array_equal(shift(points, 1.0, -2.0), np.tile([1.0, -2.0], (3, 1)))
    assert not points.any()


def test_turn_shifts_the_centre_but_not_the_outline():
    turn = Turn(yaw=0.1, pitch=-0.05)
    np.testing.assert_allclose(turn((0.0, 0.0)), [0.1, -0.05])
    np.testing.assert_allclose(turn(np.array([[1.3, 0.0], [0.0, 2.1]])), [[1.3, 0.0], [0.0, 2.1]])


def test_eye_opening_is_a_closed_polygon():
    u = np.linspace(-1, 1, 9)
    upper, lower = np.column_stack([u, u**2 - 1]), np.column_stack([u, 1 - u**2])
    x, y = Eye(1, upper, lower, upper, np.zeros(2), 0.1).opening.T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    np.testing.assert_allclose(area, 2 * 4 / 3, rtol=0.03)


MIDDLE = 16  # index of the middle of the 33 points of a mouth line


@pytest.fixture
def identity():
    return random_identity(np.random.default_rng(3))


def face(identity, right=(), left=None, turn=None):
    left = right if left is None else left
    expression = Expression(dict.fromkeys(right, 1.0), dict.fromkeys(left, 1.0))
    return shape_face(identity, expression, turn or Turn())


def opening(geometry, side=0):
    eye = geometry.eyes[side]
    return (eye.lower[:, 1] - eye.upper[:, 1]).max()


def gap(geometry):
    return geometry.mouth.lower_inner[MIDDLE, 1] - geometry.mouth.upper_inner[MIDDLE, 1]


def width(geometry):
    left, right = geometry.mouth.corners
    return right[0] - left[0]


def corner_height(geometry, side=0):
    return -geometry.mouth.corners[side][1]


def brow_end(geometry, end):
    return -geometry.brows[0][end, 1]


MOVEMENTS = {
    "1 raises the inner brow": (1, lambda g: brow_end(g, 0), +1),
    "2 raises the outer brow": (2, lambda g: brow_end(g, -1), +1),
    "4 lowers the inner brow": (4, lambda g: brow_end(g, 0), -1),
    "4 draws the brows together": (4, lambda g: g.brows[1][0, 0] - g.brows[0][0, 0], -1),
    "5 opens the eye": (5, opening, +1),
    "6 narrows the eye": (6, opening, -1),
    "6 raises the cheek": (6, lambda g: -g.cheeks[0][1], +1),
    "7 narrows the eye": (7, opening, -1),
    "9 raises the nostrils": (9, lambda g: -g.nose_wings[0][1], +1),
    "9 raises the upper lip": (9, lambda g: -g.mouth.upper_inner[MIDDLE, 1], +1),
    "12 raises the corners of the mouth": (12, corner_height, +1),
    "12 widens the mouth": (12, width, +1),
    "14 widens the mouth": (14, width, +1),
    "15 lowers the corners of the mouth": (15, corner_height, -1),
    "16 lowers the lower lip": (16, lambda g: -g.mouth.lower_outer[MIDDLE, 1], -1),
    "17 raises the chin": (17, lambda g: -g.chin[1], +1),
    "20 widens the mouth": (20, width, +1),
    "23 narrows the mouth": (23, width, -1),
    "25 parts the lips": (25, gap, +1),
    "26 opens the mouth": (26, gap, +1),
    "26 lowers the chin": (26, lambda g: -g.outline[:, 1].max(), -1),
}


@pytest.mark.parametrize("name", MOVEMENTS)
def test_action_units_move_the_right_features(name, identity):
    unit, measure, direction = MOVEMENTS[name]
    change = measure(face(identity, [unit])) - measure(face(identity))
    assert change * direction > 0.015


def test_lips_touch_when_neutral_and_in_a_closed_smile(identity):
    assert gap(face(identity)) == pytest.approx(0.0)
    assert gap(face(identity, [12])) == pytest.approx(0.0)


def test_units_1_and_4_together_make_oblique_brows(identity):
    sad, neutral = face(identity, [1, 4]), face(identity)
    rise = brow_end(sad, 0) - brow_end(neutral, 0)
    assert rise > 0.1
    assert brow_end(sad, -1) <= brow_end(neutral, -1)


@pytest.mark.parametrize(("side", "index"), [(RIGHT, 0), (LEFT, 1)])
def test_one_sided_unit_does_not_affect_the_other_side(side, index, identity):
    units = {"right": [12, 14], "left": []} if side == RIGHT else {"right": [], "left": [12, 14]}
    contempt, neutral = face(identity, **units), face(identity)
    assert corner_height(contempt, index) > corner_height(neutral, index) + 0.1
    assert corner_height(contempt, 1 - index) == pytest.approx(corner_height(neutral, 1 - index))


def test_symmetric_expression_gives_a_symmetric_face(identity):
    geometry = face(identity, [1, 2, 5, 26])
    np.testing.assert_allclose(geometry.brows[0] * [-1, 1], geometry.brows[1])
    np.testing.assert_allclose(geometry.eyes[0].upper * [-1, 1], geometry.eyes[1].upper)
    np.testing.assert_allclose(geometry.mouth.lower_inner[::-1] * [-1, 1], geometry.mouth.lower_inner, atol=1e-12)


def test_turn_moves_the_nose_most_and_not_the_outline(identity):
    straight, turned = face(identity), face(identity, turn=Turn(yaw=0.1))
    np.testing.assert_array_equal(turned.outline, straight.outline)
    nose = turned.nose_tip[0] - straight.nose_tip[0]
    eyes = [turned.eyes[i].iris[0] - straight.eyes[i].iris[0] for i in range(2)]
    assert nose > max(eyes)
    assert min(eyes) > 0.05


def test_eyelids_never_cross():
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert opening(face(random_identity(rng), [4, 6, 7, 9])) > 0.03
