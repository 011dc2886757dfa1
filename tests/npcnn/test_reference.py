"""The operations of both backends, compared with results worked out by hand or by explicit loops."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

import numpy as np
import pytest

GRID = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)


def convolution_by_loops(x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: tuple, padding: tuple) -> np.ndarray:
    """The sum in the docstring, letter by letter."""
    (n_, c_, height, width), (o_, _, kh, kw) = x.shape, w.shape
    (sh, sw), (top, bottom, left, right) = stride, padding
    y = np.zeros((n_, o_, (height + top + bottom - kh) // sh + 1, (width + left + right - kw) // sw + 1))
    for n, o, i, j in np.ndindex(y.shape):
        y[n, o, i, j] = b[o]
        for c, k, l in itertools.product(range(c_), range(kh), range(kw)):
            row, column = i * sh + k - top, j * sw + l - left
            if 0 <= row < height and 0 <= column < width:
                y[n, o, i, j] += w[o, c, k, l] * x[n, c, row, column]
    return y


@pytest.mark.parametrize(
    ("stride", "padding"), [((1, 1), (0, 1, 0, 1)), ((2, 3), (2, 0, 1, 3)), ((1, 2), (0, 0, 0, 0))]
)
def test_convolution_is_its_formula(
    operations: ModuleType, stride: tuple, padding: tuple, rng: np.random.Generator
) -> None:
    x, w, b = rng.standard_normal((2, 3, 6, 5)), rng.standard_normal((4, 3, 3, 2)), rng.standard_normal(4)
    y = operations.conv2d_forward(x, w, b, stride, padding)
    np.testing.assert_allclose(y, convolution_by_loops(x, w, b, stride, padding), atol=1e-13)


def test_convolution_by_hand(operations: ModuleType) -> None:
    w, b = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]]), np.array([0.5])
    y = operations.conv2d_forward(GRID, w, b, (1, 1), (0, 1, 0, 1))  # one row of zeros below, one column on the right
    expected = [[5421.5, 6532.5, 603.5], [8754.5, 9865.5, 906.5], [87.5, 98.5, 9.5]]
    np.testing.assert_allclose(y[0, 0], expected)


def test_convolution_gradients_by_hand(operations: ModuleType) -> None:
    w, dy = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]]), np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    dx = operations.conv2d_backward_input(dy, w, (3, 3), (1, 1), (0, 0, 0, 0))
    np.testing.assert_allclose(dx[0, 0], [[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]])
    dw, db = operations.conv2d_backward_weights(dy, GRID, (2, 2), (1, 1), (0, 0, 0, 0))
    np.testing.assert_allclose(dw[0, 0], [[37, 47], [67, 77]])
    np.testing.assert_allclose(db, [10])


def test_pooling_by_hand(operations: ModuleType) -> None:
    x = np.array([[[[1.0, 5, 2, 2, 9], [5, 0, 2, 2, 9], [7, 7, 7, 7, 9]]]])  # the last row and column fill no window
    y, argmax = operations.maxpool2d_forward(x, (2, 2), (2, 2))
    np.testing.assert_array_equal(y[0, 0], [[5, 2]])
    np.testing.assert_array_equal(argmax[0, 0], [[1, 0]])  # of equal pixels the first in row order
    dx = operations.maxpool2d_backward(np.array([[[[3.0, 4.0]]]]), argmax, (3, 5), (2, 2), (2, 2))
    np.testing.assert_array_equal(dx[0, 0], [[0, 3, 4, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])


def test_gradients_of_overlapping_windows_add_up(operations: ModuleType) -> None:
    x = np.array([[[[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]]])
    y, argmax = operations.maxpool2d_forward(x, (2, 2), (1, 1))
    np.testing.assert_array_equal(argmax[0, 0], [[3, 2], [1, 0]])
    dx = operations.maxpool2d_backward(np.arange(1.0, 5.0).reshape(y.shape), argmax, (3, 3), (2, 2), (1, 1))
    np.testing.assert_array_equal(dx[0, 0], [[0, 0, 0], [0, 10, 0], [0, 0, 0]])


def test_elu_by_hand(operations: ModuleType) -> None:
    y = operations.elu_forward(np.array([2.0, 0.0, -math.log(2), -1000.0]), 3.0)
    np.testing.assert_allclose(y, [2, 0, -1.5, -3], atol=1e-12)
    dx = operations.elu_backward(np.array([5.0, 5.0, 5.0, 5.0]), y, 3.0)
    np.testing.assert_allclose(dx, [5, 15, 7.5, 0], atol=1e-11)


def test_dropout_by_hand(operations: ModuleType) -> None:
    random = np.array([0, 16383, 16384, 65535], np.uint16)  # a quarter of 65,536 is 16,384
    np.testing.assert_allclose(operations.dropout(np.full(4, 3.0), random, 0.25), [0, 0, 4, 4])


def test_dense_by_hand(operations: ModuleType) -> None:
    x, w, dy = np.array([[1.0, 2.0]]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([[1.0, 0.0, -1.0]])
    np.testing.assert_allclose(operations.dense_forward(x, w, np.array([10.0, 20.0, 30.0])), [[19, 32, 45]])
    np.testing.assert_allclose(operations.dense_backward_input(dy, w), [[-2, -2]])
    dw, db = operations.dense_backward_weights(dy, x)
    np.testing.assert_allclose(dw, [[1, 0, -1], [2, 0, -2]])
    np.testing.assert_allclose(db, [1, 0, -1])


def test_softmax_cross_entropy_by_hand(operations: ModuleType) -> None:
    logits = np.log([[1.0, 2.0, 5.0], [1.0, 1.0, 2.0]])
    targets, weights = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]), np.array([0.25, 0.75])
    np.testing.assert_allclose(operations.softmax(logits), [[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]])
    loss, p = operations.softmax_cross_entropy_forward(logits, targets, weights)
    assert loss == pytest.approx(0.25 * math.log(4) + 0.75 * (math.log(4) + math.log(2)) / 2, rel=1e-12)
    np.testing.assert_allclose(p, operations.softmax(logits))
    dlogits = operations.softmax_cross_entropy_backward(p, targets, weights)
    np.testing.assert_allclose(dlogits, [[0.03125, -0.1875, 0.15625], [-0.1875, 0.1875, 0]], atol=1e-15)


def test_adam_by_hand(operations: ModuleType) -> None:
    w, m, v = np.array([2.0]), np.zeros(1), np.zeros(1)
    operations.adam(w, np.array([4.0]), m, v, 0.1, 0.9, 0.99, 1e-8, 0.5, 1)
    np.testing.assert_allclose([m[0], v[0]], [0.4, 0.16])
    np.testing.assert_allclose(
        w, 2 - 0.1 * (1 + 0.5 * 2)
    )  # corrected means 4 and 16, so the step is 0.1 of their ratio
    operations.adam(w, np.array([-2.0]), m, v, 0.1, 0.9, 0.99, 1e-8, 0.0, 2)
    np.testing.assert_allclose([m[0], v[0]], [0.16, 0.1984])
    np.testing.assert_allclose(w, 1.8 - 0.1 * (0.16 / 0.19) / math.sqrt(0.1984 / 0.0199))


def test_sums_and_averages_by_hand(operations: ModuleType) -> None:
    assert operations.sum_of_squares(np.array([3.0, -4.0], np.float32)) == 25
    average = np.array([10.0, 0.0])
    operations.ema_update(average, np.array([20.0, 4.0]), 0.75)
    np.testing.assert_allclose(average, [12.5, 1.0])
