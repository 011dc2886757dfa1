"""The inner loops against NumPy, at sizes that fill whole blocks and at those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.gemm import (
    add_product,
    add_weighted_rows,
    add_weighted_rows_to_few,
    dot_rows,
    pack,
    panel_width,
)

DTYPES = [np.float32, np.float64]


def whole_numbers(numbers: np.ndarray, dtype: type) -> np.ndarray:
    """Small whole numbers, of which sums are exact."""
    return np.round(4 * numbers).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("depth", "columns"), [(1, 1), (7, 4), (5, 49), (16, 200)])
def test_pack(depth: int, columns: int, turned: bool, dtype: type, rng: np.random.Generator) -> None:
    b, width = rng.standard_normal((depth + 1, columns + 1)).astype(dtype), panel_width(columns, np.empty(0, dtype))
    given = np.ascontiguousarray(b.T) if turned else b
    panels = np.full(-(-columns // width) * depth * width, 77, dtype)
    corner = 1 + given.shape[1]  # all but the first row and column
    pack(given.reshape(-1), turned, corner, given.shape[1], depth, columns, width, panels)
    found = panels.reshape(-1, depth, width).transpose(1, 0, 2).reshape(depth, -1)
    np.testing.assert_array_equal(found[:, :columns], b[1:, 1:])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 100])
@pytest.mark.parametrize("k", [0, 2])
@pytest.mark.parametrize(("rows", "depth"), [(4, 1), (8, 7), (12, 16)])
def test_add_product(rows: int, depth: int, k: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    a = whole_numbers(rng.standard_normal((rows, depth + 3)), dtype)
    width = panel_width(columns, a)
    panel, bias = (whole_numbers(rng.standard_normal((count, width)), dtype) for count in (depth, 1))
    c = whole_numbers(rng.standard_normal((rows, width + 5)), dtype)
    expected = c.copy()
    expected[:, 3 : 3 + width] = (c[:, 3 : 3 + width] if k else bias) + a[:, k : k + depth] @ panel
    flat = a.reshape(-1), np.arange(rows) * (depth + 3), k, panel.reshape(-1), depth, width
    padded_bias = np.concatenate([np.zeros(3, dtype), bias[0]])
    add_product(*flat, padded_bias, 3, c.reshape(-1), np.arange(rows) * (width + 5))
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("images", "rows", "depth"), [(1, 1, 1), (2, 4, 16), (3, 7, 37)])
def test_dot_rows(images: int, rows: int, depth: int, dtype: type, rng: np.random.Generator) -> None:
    a = whole_numbers(rng.standard_normal((images, depth)), dtype)
    b, c = whole_numbers(rng.standard_normal((rows + 2, depth)), dtype), np.full((images, rows + 2), 77, dtype)
    dot_rows(a, b, 1, rows + 1, c)
    np.testing.assert_array_equal(c[:, 1:-1], a @ b[1:-1].T)
    assert (c[:, [0, -1]] == 77).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("depth", "columns"), [(1, 1), (8, 16), (13, 40), (16, 7)])
def test_add_weighted_rows(depth: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = (
        whole_numbers(rng.standard_normal(depth), dtype),
        whole_numbers(rng.standard_normal((depth + 1, columns)), dtype),
    )
    c = whole_numbers(rng.standard_normal(columns + 2), dtype)
    expected = c.copy()
    expected[2:] += a @ b[1:]
    add_weighted_rows(a, b.reshape(-1), columns, columns, c, 2, columns)
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("images", "depth", "columns"), [(1, 3, 1), (2, 8, 16), (5, 11, 37)])
def test_add_weighted_rows_to_few(images: int, depth: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    a, b = (
        whole_numbers(rng.standard_normal((images, depth + 1)), dtype),
        whole_numbers(rng.standard_normal((depth + 1, columns)), dtype),
    )
    c = whole_numbers(rng.standard_normal(2 + images * columns), dtype)
    expected = c.copy()
    expected[2:] += (a[:, 1:] @ b[1:]).reshape(-1)
    add_weighted_rows_to_few(a, 1, depth + 1, b.reshape(-1), columns, c, 2, columns)
    np.testing.assert_array_equal(c, expected)
