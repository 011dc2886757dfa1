"""Dense kernels with NaN and infinity among the elements, and at sizes that fill no register tile."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels, reference


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_stay_in_their_row(value: float, rng: np.random.Generator) -> None:
    x, w, b = rng.standard_normal((7, 5)), rng.standard_normal((5, 6)), np.zeros(6)
    x[3, 4] = x[6, 0] = value
    with np.errstate(invalid="ignore"):  # some BLAS computes more than it returns
        expected = reference.dense_forward(x, w, b)
    np.testing.assert_array_equal(np.isfinite(kernels.dense_forward(x, w, b)), np.isfinite(expected))
    dy = rng.standard_normal((7, 6))
    dy[2, 5] = value
    np.testing.assert_array_equal(
        np.isfinite(kernels.dense_backward_input(dy, w)), np.isfinite(reference.dense_backward_input(dy, w))
    )
    with np.errstate(invalid="ignore"):
        expected = reference.dense_backward_weights(dy, x)
    for ours, theirs in zip(kernels.dense_backward_weights(dy, x), expected, strict=True):
        np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))


@pytest.mark.parametrize(("images", "inputs", "outputs"), [(0, 3, 2), (1, 1, 1), (3, 129, 127), (2, 1, 257)])
def test_sizes_that_fill_no_tile(images: int, inputs: int, outputs: int, rng: np.random.Generator) -> None:
    x, w = rng.standard_normal((images, inputs)), rng.standard_normal((inputs, outputs))
    b, dy = rng.standard_normal(outputs), rng.standard_normal((images, outputs))
    np.testing.assert_allclose(kernels.dense_forward(x, w, b), x @ w + b, atol=1e-12)
    np.testing.assert_allclose(kernels.dense_backward_input(dy, w), dy @ w.T, atol=1e-12)
    np.testing.assert_allclose(kernels.dense_backward_weights(dy, x)[0], x.T @ dy, atol=1e-12)
