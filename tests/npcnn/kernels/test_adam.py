"""Kernels over all weights: precision of sums, NaN, and arrays that do not fill a task."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels


def test_squares_are_summed_in_double_precision() -> None:
    x = np.full(200_001, 1e30, np.float32)  # the squares of these are beyond float32
    assert kernels.sum_of_squares(x) == pytest.approx(200_001 * float(np.float32(1e30)) ** 2, rel=1e-12)
    assert kernels.sum_of_squares(x[:0]) == 0
    x[20_000] = np.nan
    assert np.isnan(kernels.sum_of_squares(x))


def test_a_nan_gradient_affects_only_its_own_weight() -> None:
    w, m, v = (np.zeros(200_000, np.float32) for _ in range(3))
    dw = np.ones_like(w)
    dw[[0, 199_999]] = np.nan
    kernels.adam(w, dw, m, v, 0.1, 0.9, 0.999, 1e-8, 0.0, 1)
    for array in (w, m, v):
        assert np.flatnonzero(np.isnan(array)).tolist() == [0, 199_999]
    np.testing.assert_allclose(w[1:-1], -0.1, rtol=1e-4)


def test_the_average_moves_towards_the_weights() -> None:
    average, w = np.zeros(20_000), np.ones(20_000)
    w[7] = np.nan
    for steps in range(1, 4):
        kernels.ema_update(average, w, 0.9)
        np.testing.assert_allclose(np.delete(average, 7), 1 - 0.9**steps)
    assert np.isnan(average[7])
