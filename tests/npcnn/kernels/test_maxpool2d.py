"""Max-pooling of equal pixels, NaN and infinity."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels, reference


def test_of_equal_pixels_the_first_is_the_maximum() -> None:
    y, argmax = kernels.maxpool2d_forward(np.full((2, 3, 6, 6), -1.5), (2, 2), (2, 2))
    assert (y == -1.5).all()
    assert not argmax.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("window", "stride"), [((2, 2), (2, 2)), ((3, 3), (2, 2))])
def test_nan_and_infinity_agree_with_the_reference(
    window: tuple, stride: tuple, dtype: type, rng: np.random.Generator
) -> None:
    x = rng.choice([np.nan, np.inf, -np.inf, 0, 1, -1], (8, 2, 9, 9)).astype(dtype)
    (y, argmax), (expected, indices) = (module.maxpool2d_forward(x, window, stride) for module in (kernels, reference))
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(argmax, indices)


def test_a_nan_gradient_goes_only_to_the_maximum() -> None:
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    _, argmax = kernels.maxpool2d_forward(x, (2, 2), (2, 2))
    dy = np.array([[[[np.nan, 1.0], [2.0, np.inf]]]])
    dx = kernels.maxpool2d_backward(dy, argmax, (4, 4), (2, 2), (2, 2))
    np.testing.assert_array_equal(dx[0, 0], [[0, 0, 0, 0], [0, np.nan, 0, 1], [0, 0, 0, 0], [0, 2, 0, np.inf]])


def test_no_images_give_no_outputs() -> None:
    y, argmax = kernels.maxpool2d_forward(np.zeros((0, 2, 4, 4)), (2, 2), (2, 2))
    assert y.shape == argmax.shape == (0, 2, 2, 2)
    assert kernels.maxpool2d_backward(y, argmax, (4, 4), (2, 2), (2, 2)).shape == (0, 2, 4, 4)
