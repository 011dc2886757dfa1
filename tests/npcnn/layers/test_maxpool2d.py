"""Max-pooling layers: remainders, ties, kinks, and the order with ELU."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import ELU, MaxPool2D, check_gradients


def test_a_remainder_that_fills_no_window_is_dropped() -> None:
    x = np.zeros((1, 1, 5, 7), np.float32)
    x[0, 0, 4], x[0, 0, :, 6] = 9, 9
    layer = MaxPool2D(2)
    y = layer.forward(x)
    assert y.shape == (1, 1, 2, 3)
    assert not y.any()
    dx = layer.backward(np.ones_like(y))
    assert not dx[0, 0, 4].any()
    assert not dx[0, 0, :, 6].any()
    assert dx.sum() == 6


def test_of_equal_pixels_the_first_gets_the_gradient() -> None:
    layer = MaxPool2D(2)
    y = layer.forward(np.zeros((1, 1, 4, 4), np.float32))
    dx = layer.backward(np.ones_like(y))
    np.testing.assert_array_equal(dx[0, 0], [[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize(("window", "stride"), [(2, None), (3, 2), ((2, 3), (3, 1)), (1, (2, 3))])
def test_gradients(window: int | tuple, stride: int | tuple | None, rng: np.random.Generator) -> None:
    error = check_gradients(MaxPool2D(window, stride), rng.standard_normal((3, 2, 7, 6)))["x"]
    assert error <= 1e-6


def test_a_gradient_check_steps_round_the_kink_of_a_near_tie(rng: np.random.Generator) -> None:
    x = rng.permutation(144).reshape(1, 1, 12, 12).astype(float)
    x[:, :, ::2, ::2] = x[:, :, 1::2, ::2] + 4e-6  # nearer than the step of the check
    assert check_gradients(MaxPool2D(2), x, samples=144)["x"] <= 1e-6


@pytest.mark.parametrize(("window", "stride"), [(2, 2), (3, 2)])
@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_pooling_before_elu_is_pooling_after_it(
    window: int, stride: int, alpha: float, rng: np.random.Generator
) -> None:
    x = 3 * rng.standard_normal((20, 8, 31, 30), np.float32)
    x[:5] = np.round(x[:5])
    pool, elu = MaxPool2D(window, stride), ELU(alpha)
    np.testing.assert_array_equal(elu.forward(pool.forward(x)), pool.forward(elu.forward(x)))


def test_the_stride_is_the_window_unless_given() -> None:
    assert MaxPool2D((2, 3)).output_shape((5, 6, 9)) == (5, 3, 3)
    assert MaxPool2D((2, 3), 1).output_shape((5, 6, 9)) == (5, 5, 7)


@pytest.mark.parametrize("window", [0, (2,), 257])
def test_impossible_windows_are_refused(window: object) -> None:
    with pytest.raises(ValueError, match="window must"):
        MaxPool2D(window)


def test_an_image_smaller_than_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match=r"MaxPool2D: a window of \(3, 3\) does not fit an image of \(2, 8\)"):
        MaxPool2D(3).forward(np.zeros((1, 1, 2, 8), np.float32))
