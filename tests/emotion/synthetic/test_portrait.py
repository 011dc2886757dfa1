import dataclasses

import numpy as np
import pytest

from emotion.synthetic.expression import Expression, random_expression
from emotion.synthetic.identity import random_identity
from emotion.synthetic.portrait import View, draw_face, random_view

NEUTRAL = Expression({}, {})
SCALE = 24.0
FACE = (-1.5, -2.2, 1.5, 2.4)


@pytest.fixture
def identity():
    return dataclasses.replace(random_identity(np.random.default_rng(4)), glasses="none", beard=0.0, moustache=0.0)


def draw(identity, expression=NEUTRAL):
    return draw_face(identity, expression, scale=SCALE, extent=FACE)


def region(portrait, left, top, right, bottom):
    """The part of a portrait inside a box in face units."""
    columns = slice(round((left + 1.5) * SCALE), round((right + 1.5) * SCALE))
    return portrait[round((top + 2.2) * SCALE) : round((bottom + 2.2) * SCALE), columns]


def test_portrait_is_opaque_in_the_face_and_transparent_outside(identity):
    portrait = draw(identity)
    assert portrait.shape == (110, 72, 4)
    assert portrait.dtype == np.float32
    assert portrait.flags.c_contiguous
    assert (region(portrait, -0.5, -0.5, 0.5, 1.5)[..., 3] > 250).all()
    assert (portrait[:3, :3] == 0).all()
    assert (portrait >= 0).all()
    assert (portrait[..., :3] <= portrait[..., 3:] + 1e-3).all()  # premultiplied


def test_same_parameters_give_the_same_pixels(identity):
    view = random_view(np.random.default_rng(0))
    expression = random_expression("fear", np.random.default_rng(1))
    first, again = (draw_face(identity, expression, view, SCALE) for _ in range(2))
    assert np.array_equal(first, again)


def test_mouth_units_change_only_the_lower_face(identity):
    smile = Expression({12: 1.0, 25: 1.0}, {12: 1.0, 25: 1.0})
    difference = np.abs(draw(identity, smile) - draw(identity)).max(axis=-1)[..., None]
    assert region(difference, -0.6, 0.8, 0.6, 1.4).max() > 50
    assert region(difference, -1.0, -1.5, 1.0, -0.6).max() == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"glasses": "round"}, (-0.9, -0.3, 0.9, 0.4)),
        ({"glasses": "square"}, (-0.9, -0.3, 0.9, 0.4)),
        ({"beard": 1.0}, (-0.5, 1.4, 0.5, 1.75)),
        ({"moustache": 1.0}, (-0.4, 0.85, 0.4, 1.05)),
        ({"hair": None}, (-0.8, -1.6, 0.8, -1.1)),
    ],
)
def test_hair_beard_and_glasses_change_the_right_region(identity, change, where):
    identity = dataclasses.replace(identity, hair_colour=np.float32([20, 20, 20]), skin=np.float32([150, 180, 220]))
    difference = np.abs(draw(dataclasses.replace(identity, **change)) - draw(identity))
    assert region(difference, *where).max() > 40
    assert region(difference, -0.2, 1.9, 0.2, 2.2).max() < 10


def test_every_hair_style_can_be_drawn():
    rng = np.random.default_rng(5)
    people = {person.hair: person for person in (random_identity(rng) for _ in range(150))}
    assert len(people) == 12
    for person in people.values():
        assert np.isfinite(draw(person)).all()


def test_views_are_nearly_frontal_and_lit_from_above(rng):
    for _ in range(50):
        view = random_view(rng)
        assert abs(view.roll) <= 8
        assert max(abs(view.turn.yaw), abs(view.turn.pitch)) <= 0.12
        assert view.light[1] < 0 < view.light[2]
        assert np.linalg.norm(view.light) == pytest.approx(1.0)
    assert np.linalg.norm(View().light) == pytest.approx(1.0, abs=0.01)
