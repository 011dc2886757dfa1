"""Average pooling, of windows and of whole channels."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import AvgPool2D, GlobalAvgPool2D, check_gradients


@pytest.mark.parametrize(("window", "stride"), [(2, None), ((3, 2), (1, 2)), (2, 3)])
def test_gradients(window: int, stride: int | None, rng: np.random.Generator) -> None:
    assert check_gradients(AvgPool2D(window, stride), rng.standard_normal((2, 3, 7, 8)))["x"] <= 1e-6


def test_global_gradients(rng: np.random.Generator) -> None:
    assert check_gradients(GlobalAvgPool2D(), rng.standard_normal((2, 3, 4, 5)))["x"] <= 1e-6


def test_known_values() -> None:
    x = np.arange(24, dtype=np.float32).reshape(1, 1, 4, 6)
    layer = AvgPool2D(2)
    np.testing.assert_array_equal(layer.forward(x)[0, 0], [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]])
    dx = layer.backward(np.array([[[[4, 8, 12], [0, 0, 4]]]], np.float32))
    np.testing.assert_array_equal(dx[0, 0, 0], [1, 1, 2, 2, 3, 3])
    np.testing.assert_array_equal(dx[0, 0, 3], [0, 0, 0, 0, 1, 1])
    np.testing.assert_array_equal(GlobalAvgPool2D().forward(x), [[11.5]])


def test_pixels_that_fill_no_window_are_dropped_and_get_no_gradient() -> None:
    layer = AvgPool2D(2)
    x = np.ones((1, 1, 5, 3), np.float32)
    x[:, :, 4] = x[:, :, :, 2] = 100
    np.testing.assert_array_equal(layer.forward(x), np.ones((1, 1, 2, 1)))
    dx = layer.backward(np.ones((1, 1, 2, 1), np.float32))
    assert not dx[:, :, 4].any()
    assert not dx[:, :, :, 2].any()


def test_shapes() -> None:
    assert AvgPool2D(3, 2).output_shape((5, 9, 8)) == (5, 4, 3)
    assert GlobalAvgPool2D().output_shape((5, 9, 8)) == (5,)
    with pytest.raises(ValueError, match=r"AvgPool2D expected an image of shape \(C, H, W\), got \(5,\)"):
        AvgPool2D().output_shape((5,))
    with pytest.raises(ValueError, match="does not fit"):
        AvgPool2D(4).output_shape((1, 3, 8))
