"""The inner loops against NumPy, at sizes that fill whole blocks and at those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.matmul import add_dot_products, add_weighted_rows, add_weighted_rows_to_fours, product

DTYPES = [np.float32, np.float64]


def whole(numbers: np.ndarray, dtype: type) -> np.ndarray:
    """Small whole numbers, of which sums are exact."""
    return np.round(4 * numbers).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "depth", "columns"), [(1, 1, 1), (4, 3, 48), (5, 7, 49), (7, 2, 33), (8, 16, 200)])
@pytest.mark.parametrize("count", [1, 3])
def test_product(count: int, rows: int, depth: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    step = columns + 31
    a = whole(rng.standard_normal((count, rows, depth)), dtype)
    b, c = whole(rng.standard_normal((count, depth, step)), dtype), np.full((count, rows, step), 77, dtype)
    places = [np.arange(array[..., 0].size).reshape(array.shape[:2]) * array.shape[2] for array in (a, b, c)]
    product(a.reshape(-1), places[0], b.reshape(-1), places[1], c.reshape(-1), places[2], columns)
    np.testing.assert_array_equal(c[..., :columns], (a @ b)[..., :columns])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [1, 16, 45])
def test_add_dot_products(length: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = np.zeros((2, 8, 64), dtype), whole(rng.standard_normal((2, 6, 64)), dtype)
    a[..., :length] = whole(rng.standard_normal((2, 8, length)), dtype)
    c = whole(rng.standard_normal((8, 6)), dtype)
    expected = c + np.einsum("dmp,dkp->mk", a, b)
    a_starts, b_starts = np.arange(16).reshape(2, 8) * 64, np.arange(12).reshape(2, 6) * 64
    add_dot_products(a.reshape(-1), a_starts, b.reshape(-1), b_starts, c.reshape(-1), np.arange(8) * 6, length)
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("depth", "columns"), [(1, 1), (8, 16), (13, 40), (16, 7)])
def test_add_weighted_rows(depth: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = whole(rng.standard_normal(depth), dtype), whole(rng.standard_normal((depth + 1, columns)), dtype)
    c = whole(rng.standard_normal(columns + 2), dtype)
    expected = c.copy()
    expected[2:] += a @ b[1:]
    add_weighted_rows(a, b.reshape(-1), columns, columns, c, 2, columns)
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_add_weighted_rows_to_fours(dtype: type, rng: np.random.Generator) -> None:
    a, b = whole(rng.standard_normal((8, 12)), dtype), whole(rng.standard_normal((12, 64)), dtype)
    c = whole(rng.standard_normal((8, 64)), dtype)
    expected = c.copy()
    expected[:, :32] += (a @ b)[:, :32]
    add_weighted_rows_to_fours(
        a.reshape(-1), np.arange(8) * 12, b.reshape(-1), np.arange(12) * 64, c.reshape(-1), np.arange(8) * 64, 32
    )
    np.testing.assert_array_equal(c, expected)
