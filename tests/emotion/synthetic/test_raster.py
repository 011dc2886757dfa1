import numpy as np
import pytest

from emotion.synthetic.geometry import shift
from emotion.synthetic.raster import Raster

SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
ORANGE = np.array([0.0, 128.0, 255.0])
BLUE = np.array([255.0, 0.0, 0.0])


@pytest.fixture
def raster():
    return Raster((-1.0, -1.0, 1.0, 1.0), 20.0)


def at(raster, x, y):
    return raster.pixels[:, int((y + 1) * 20), int((x + 1) * 20)]


def test_new_raster_is_transparent(raster):
    assert raster.pixels.shape == (4, 40, 40)
    assert not raster.pixels.any()


def test_fill_paints_inside_only(raster):
    raster.fill(SQUARE, ORANGE)
    np.testing.assert_allclose(at(raster, 0.0, 0.0), [0, 128, 255, 255])
    np.testing.assert_allclose(at(raster, 0.8, 0.0), 0)
    assert 400 <= raster.pixels[3].sum() / 255 < 484  # the square's area plus OpenCV's one-pixel border


def test_semi_transparent_fill_blends_with_the_background(raster):
    raster.fill(SQUARE, ORANGE)
    raster.fill(SQUARE, BLUE, opacity=0.5)
    np.testing.assert_allclose(at(raster, 0.0, 0.0), [127.5, 64, 127.5, 255])


def test_colours_are_premultiplied(raster):
    raster.fill(SQUARE, ORANGE, opacity=0.25)
    np.testing.assert_allclose(at(raster, 0.0, 0.0), [0, 32, 63.75, 63.75])


def test_blurred_edge_has_half_coverage(raster):
    raster.fill(SQUARE, ORANGE, blur=0.1)
    assert at(raster, 0.52, 0.0)[3] == pytest.approx(127, abs=25)
    assert at(raster, 0.0, 0.0)[3] == 255
    assert 400 <= raster.pixels[3].sum() / 255 < 484


def test_within_clips_a_shape(raster):
    raster.fill(SQUARE, ORANGE, within=shift(SQUARE, 0.5, 0.0))
    assert at(raster, 0.25, 0.0)[3] == 255
    assert at(raster, -0.25, 0.0)[3] == 0
    assert at(raster, 0.75, 0.0)[3] == 0


def test_tint_multiplies_colour_but_not_coverage(raster):
    raster.fill(SQUARE, ORANGE)
    raster.tint(2 * SQUARE, np.array([1.0, 0.5, 0.2]))
    np.testing.assert_allclose(at(raster, 0.0, 0.0), [0, 64, 51, 255])
    np.testing.assert_allclose(at(raster, 0.8, 0.0), 0)


def test_line_width_and_paler_thin_lines(raster):
    line = np.array([[-0.8, 0.025], [0.8, 0.025]])
    raster.stroke([line], 0.2, ORANGE)
    column = raster.pixels[3, :, 20]
    assert column.max() == 255
    assert 3 <= (column > 127).sum() <= 5
    thin = Raster((-1.0, -1.0, 1.0, 1.0), 20.0)
    thin.stroke([line], 0.01, ORANGE)
    assert 0 < thin.pixels[3].max() < 60
    raster.crease([line], 0.2, 0.5)
    assert at(raster, 0.0, 0.025)[2] == pytest.approx(127.5)


def test_shapes_outside_the_raster_are_clipped(raster):
    raster.fill(shift(SQUARE, 5.0, 0.0), ORANGE, blur=0.2)
    raster.crease([shift(SQUARE, 0.0, -7.0)], 0.1, 0.5)
    assert not raster.pixels.any()
    raster.fill(shift(SQUARE, 1.0, 1.0), ORANGE, blur=0.05)
    assert at(raster, 0.9, 0.9)[3] == 255
    assert at(raster, 0.0, 0.0)[3] == 0
