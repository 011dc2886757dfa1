"""Convolution layers: padding as TensorFlow does it, gradients for every geometry, layers without a bias."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import ELU, Conv2D, Sequential, check_gradients


def ones_convolution(**options: object) -> Conv2D:
    """Adds up what the kernel sees, so that outputs count pixels."""
    layer = Conv2D(1, 1, **options)
    layer.params["w"][:] = 1
    return layer


def test_same_2x2_puts_its_zeros_at_the_bottom_and_the_right() -> None:
    x = np.array([[[[1, 2, 4], [8, 16, 32], [64, 128, 256]]]], np.float32)
    y = ones_convolution(kernel_size=2).forward(x)
    np.testing.assert_array_equal(y[0, 0], [[27, 54, 36], [216, 432, 288], [192, 384, 256]])


def test_same_4x4_stride_4_pads_nothing() -> None:
    x = np.arange(64, dtype=np.float32).reshape(1, 1, 8, 8)
    y = ones_convolution(kernel_size=4, stride=4).forward(x)
    np.testing.assert_array_equal(y[0, 0], x[0, 0].reshape(2, 4, 2, 4).sum(axis=(1, 3)))


def test_same_3x3_stride_2_splits_its_zeros_by_the_size_of_the_image() -> None:
    ones = np.ones((1, 1, 4, 5), np.float32)  # 4 rows: 1 zero, below; 5 columns: 2 zeros, one on either side
    y = ones_convolution(kernel_size=3, stride=2).forward(ones)
    np.testing.assert_array_equal(y[0, 0], [[6, 9, 6], [4, 6, 4]])


def test_explicit_padding_is_top_bottom_left_right() -> None:
    x = np.ones((1, 1, 1, 1), np.float32)
    y = ones_convolution(kernel_size=1, padding=(1, 2, 3, 4)).forward(x)
    assert y.shape == (1, 1, 4, 8)
    assert np.argwhere(y[0, 0]).tolist() == [[1, 3]]


@pytest.mark.parametrize("padding", ["same", "valid", 1, (2, 1), (0, 1, 2, 0)])
@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 1), (3, 2), ((1, 4), (2, 3)), (4, 4)])
def test_gradients(kernel_size: int | tuple, stride: int | tuple, padding: object, rng: np.random.Generator) -> None:
    layer = Conv2D(2, 3, kernel_size, stride, padding, rng)
    errors = check_gradients(layer, rng.standard_normal((3, 2, 7, 6)), samples=12)
    assert errors.keys() == {"w", "b", "x"}
    assert max(errors.values()) <= 1e-6


def test_without_a_bias_there_is_no_parameter_b(rng: np.random.Generator) -> None:
    layer, x = Conv2D(2, 3, 3, rng=rng, bias=False), rng.standard_normal((2, 2, 5, 5), np.float32)
    biased = Conv2D(2, 3, 3)
    biased.params["w"] = layer.params["w"]
    assert layer.params.keys() == {"w"}
    np.testing.assert_array_equal(layer.forward(x), biased.forward(x))
    assert check_gradients(layer, x).keys() == {"w", "x"}
    assert check_gradients(Sequential(layer, ELU()), x).keys() == {"0/w", "x"}


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (9, 5), (64, 64)])
@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 1), (3, 2), (4, 4), (5, 3)])
def test_same_divides_the_size_by_the_stride_rounding_up(size: tuple, kernel_size: int, stride: int) -> None:
    layer = Conv2D(1, 6, kernel_size, stride)
    expected = (6, -(-size[0] // stride), -(-size[1] // stride))
    assert layer.output_shape((1, *size)) == expected
    assert layer.forward(np.zeros((2, 1, *size), np.float32)).shape == (2, *expected)


def test_parameters_and_their_count() -> None:
    params = Conv2D(3, 8, (2, 5)).params
    assert {key: (w.shape, w.dtype) for key, w in params.items()} == {
        "w": ((8, 3, 2, 5), np.dtype(np.float32)),
        "b": ((8,), np.dtype(np.float32)),
    }


def test_a_kernel_larger_than_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Conv2D: a window of \(5, 5\) does not fit an image of \(4, 4\)"):
        Conv2D(1, 1, 5, padding="valid").forward(np.zeros((1, 1, 4, 4), np.float32))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 2, "in_channels": 0},
        {"kernel_size": 2, "out_channels": 0},
        {"kernel_size": 0},
        {"kernel_size": 2, "stride": 0},
        {"kernel_size": (2, 2, 2)},
        {"kernel_size": 2, "padding": "full"},
        {"kernel_size": 2, "padding": -1},
    ],
)
def test_impossible_geometry_fails_when_the_layer_is_made(options: dict) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        Conv2D(**({"in_channels": 1, "out_channels": 1} | options))


def test_the_first_layer_can_do_without_an_input_gradient(rng: np.random.Generator) -> None:
    layer, x = Conv2D(1, 2, 2, rng=rng), rng.standard_normal((2, 1, 4, 4), np.float32)
    y = layer.forward(x)
    layer.backward(y)
    grads = layer.grads
    assert layer.skip_input_gradient() is False
    assert layer.backward(y) is None
    for key, dw in layer.grads.items():
        np.testing.assert_array_equal(dw, grads[key])
