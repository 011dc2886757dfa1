"""Crops without a face are varied, reproducible, and of the size asked for."""

import numpy as np
import pytest

from emotion.synthetic.non_faces import draw_noise, draw_non_faces, draw_shapes, draw_waves


def test_crops_are_varied_and_reproducible():
    crops = draw_non_faces(20, 48, np.random.default_rng(0))
    assert crops.shape == (20, 48, 48)
    assert crops.dtype == np.uint8
    assert len(np.unique(crops.reshape(20, -1), axis=0)) == 20
    assert (crops.std(axis=(1, 2)) > 1).all()
    np.testing.assert_array_equal(crops, draw_non_faces(20, 48, np.random.default_rng(0)))
    assert (crops != draw_non_faces(20, 48, np.random.default_rng(1))).any()
    assert draw_non_faces(0, 48, np.random.default_rng(0)).shape == (0, 48, 48)


@pytest.mark.parametrize("draw", [draw_noise, draw_shapes, draw_waves])
def test_patterns_use_the_range_of_gray(draw):
    rng = np.random.default_rng(0)
    pictures = [draw(rng) for _ in range(10)]
    assert np.min(pictures) == 0
    assert np.max(pictures) == 255
