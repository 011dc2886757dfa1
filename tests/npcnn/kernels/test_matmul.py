"""The inner loops against NumPy, at sizes that fill whole blocks and at those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.matmul import add_product, add_weighted_rows, dot_rows, pack, panel_width

DTYPES = [np.float32, np.float64]


def whole(numbers: np.ndarray, dtype: type) -> np.ndarray:
    """Small whole numbers, of which sums are exact."""
    return np.round(4 * numbers).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("rows", "depth", "columns"), [(4, 1, 1), (8, 7, 4), (4, 5, 49), (12, 16, 200)])
def test_add_product(rows: int, depth: int, columns: int, turned: bool, dtype: type, rng: np.random.Generator) -> None:
    a, b = whole(rng.standard_normal((rows, depth + 3)), dtype), whole(rng.standard_normal((depth, columns)), dtype)
    given = np.ascontiguousarray(b.T) if turned else b
    width = panel_width(columns, a)
    panels, sums = (np.ones(count * (columns + width), dtype) for count in (depth, rows))
    pack(given.reshape(-1), turned, 0, given.shape[1], depth, columns, width, panels)
    add_product(a.reshape(-1), np.arange(rows) * (depth + 3), 2, panels, depth, columns, width, sums)
    by_panel = sums[: rows * (columns + -columns % width)].reshape(-1, rows, width)
    found = by_panel.transpose(1, 0, 2).reshape(rows, -1)[:, :columns]
    np.testing.assert_array_equal(found, 1 + a[:, 2 : 2 + depth] @ b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("rows", "depth"), [(1, 1), (4, 16), (7, 37)])
def test_dot_rows(rows: int, depth: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = whole(rng.standard_normal(depth), dtype), whole(rng.standard_normal((rows + 2, depth)), dtype)
    c = np.full(rows + 2, 77, dtype)
    dot_rows(a, b.reshape(-1), 1, rows + 1, c)
    np.testing.assert_array_equal(c, np.concatenate([[77], b[1:-1] @ a, [77]]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("depth", "columns"), [(1, 1), (8, 16), (13, 40), (16, 7)])
def test_add_weighted_rows(depth: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = whole(rng.standard_normal(depth), dtype), whole(rng.standard_normal((depth + 1, columns)), dtype)
    c = whole(rng.standard_normal(columns + 2), dtype)
    expected = c.copy()
    expected[2:] += a @ b[1:]
    add_weighted_rows(a, b.reshape(-1), columns, columns, c, 2, columns)
    np.testing.assert_array_equal(c, expected)
