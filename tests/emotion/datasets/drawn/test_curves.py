import numpy as np
import pytest

from emotion.datasets.drawn.curves import ellipse, shift, smooth


@pytest.mark.parametrize("closed", [False, True])
def test_a_smooth_curve_passes_through_its_points(closed, rng):
    points = rng.normal(size=(7, 2))
    curve = smooth(points, closed, steps=5)
    np.testing.assert_allclose(curve[::5][:7], points, atol=1e-12)
    assert len(curve) == (35 if closed else 31)


def test_a_smooth_curve_through_points_on_a_line_is_that_line():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    curve = smooth(np.column_stack([x, 2 * x + 1]))
    np.testing.assert_allclose(curve[:, 1], 2 * curve[:, 0] + 1, atol=1e-12)
    assert (np.diff(curve[:, 0]) > 0).all()


def test_an_ellipse_has_its_centre_and_radii():
    x, y = ((ellipse((1.0, -2.0), 3.0, 0.5) - [1.0, -2.0]) / [3.0, 0.5]).T
    np.testing.assert_allclose(x**2 + y**2, 1.0)


def test_shift_moves_points_and_leaves_the_given_ones():
    points = np.zeros((3, 2))
    np.testing.assert_array_equal(shift(points, 1.0, -2.0), np.tile([1.0, -2.0], (3, 1)))
    assert not points.any()
