"""The exponential inside the ELU kernels, from far below zero to just below it."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels

DTYPES = [(np.float32, 1e-6), (np.float64, 1e-12)]


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_relative_accuracy_holds_at_every_magnitude(dtype: type, tolerance: float) -> None:
    x = -np.logspace(-30, 4, 5001).astype(dtype)
    np.testing.assert_allclose(kernels.elu_forward(x, 1.0), np.expm1(x.astype(float)), rtol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_extremes_stay_visible(dtype: type, tolerance: float) -> None:
    largest = np.finfo(dtype).max
    x = np.array([np.nan, np.inf, -np.inf, largest, -largest, 0.0], dtype)
    y = kernels.elu_forward(x, 0.5)
    np.testing.assert_allclose(y, [np.nan, np.inf, -0.5, largest, -0.5, 0.0], rtol=tolerance)
    dx = kernels.elu_backward(np.array([1, 1, 1, np.nan, 1, 1], dtype), y, 0.5)
    np.testing.assert_allclose(dx, [np.nan, 1, 0, np.nan, 0, 0.5], atol=1e-7)


def test_it_does_not_decrease_between_adjacent_floats() -> None:
    for start in np.array([-1e-3, -0.1, -0.69, -1, -8], np.float32):
        bits = start.view(np.uint32) + np.arange(200_000, dtype=np.uint32)  # each the next float down
        assert (np.diff(kernels.elu_forward(bits.view(np.float32), 1.0)) <= 0).all()


def test_a_result_does_not_depend_on_the_index(rng: np.random.Generator) -> None:
    x = rng.standard_normal(70_003).astype(np.float32)
    y = kernels.elu_forward(x, 1.0)
    for shift in (1, 3, 7, 100):
        np.testing.assert_array_equal(kernels.elu_forward(x[shift:], 1.0), y[shift:])
    assert kernels.elu_forward(x[:0], 1.0).shape == (0,)
