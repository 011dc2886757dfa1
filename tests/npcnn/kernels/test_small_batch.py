"""Products of few rows against NumPy, at sizes that fill whole vectors and register tiles and at sizes that do not."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.small_batch import matmul_small_batch, multiply_transposed

DTYPES = [np.float32, np.float64]


def integers(rng: np.random.Generator, *shape: int, dtype: type) -> np.ndarray:
    """Small integers as floats: their sums are exact."""
    return rng.integers(-9, 10, shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("images", "inputs", "outputs"), [(1, 1, 1), (1, 104, 40), (2, 64, 7), (3, 3, 1), (5, 90, 37)])
def test_matmul_small_batch(images: int, inputs: int, outputs: int, dtype: type, rng: np.random.Generator) -> None:
    x, w, b = (integers(rng, *shape, dtype=dtype) for shape in ((images, inputs), (inputs, outputs), (outputs,)))
    np.testing.assert_array_equal(matmul_small_batch(x, w, b), x @ w + b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "columns", "depth"), [(1, 1, 1), (2, 4, 16), (3, 7, 37)])
def test_multiply_transposed(rows: int, columns: int, depth: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = (integers(rng, *shape, dtype=dtype) for shape in ((rows, depth), (columns + 2, depth)))
    c = np.full((rows, columns + 2), 77, dtype)
    multiply_transposed(a, b, 1, columns + 1, c)
    np.testing.assert_array_equal(c[:, 1:-1], a @ b[1:-1].T)
    assert (c[:, [0, -1]] == 77).all()
