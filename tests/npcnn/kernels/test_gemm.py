"""Packing and the micro-kernels against NumPy, at sizes that fill whole register tiles and at sizes that do not."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.gemm import Rows, matmul, multiply_panel, pack, panel_width

DTYPES = [np.float32, np.float64]


def integers(rng: np.random.Generator, *shape: int, dtype: type) -> np.ndarray:
    """Small integers as floats: their sums are exact."""
    return rng.integers(-9, 10, shape).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("depth", "columns"), [(1, 1), (7, 4), (5, 49), (16, 200)])
def test_pack(depth: int, columns: int, transposed: bool, dtype: type, rng: np.random.Generator) -> None:
    b, width = rng.standard_normal((depth + 1, columns + 1)).astype(dtype), panel_width(columns, dtype().itemsize)
    given = np.ascontiguousarray(b.T) if transposed else b
    panels = np.full(-(-columns // width) * depth * width, 77, dtype)
    start = 1 + given.shape[1]  # skips the first row and column
    pack(given.reshape(-1), transposed, start, given.shape[1], depth, columns, width, panels)
    packed = panels.reshape(-1, depth, width).transpose(1, 0, 2).reshape(depth, -1)
    np.testing.assert_array_equal(packed[:, :columns], b[1:, 1:])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [1, 100])
@pytest.mark.parametrize("k", [0, 2])
@pytest.mark.parametrize(("rows", "depth"), [(4, 1), (8, 7), (12, 16)])
def test_multiply_panel(rows: int, depth: int, k: int, columns: int, dtype: type, rng: np.random.Generator) -> None:
    width = panel_width(columns, dtype().itemsize)
    a, panel, bias, c = (
        integers(rng, *shape, dtype=dtype)
        for shape in ((rows, depth + 3), (depth, width), (3 + width,), (rows, width + 5))
    )
    expected = c.copy()
    expected[:, 3 : 3 + width] = (c[:, 3 : 3 + width] if k else bias[3:]) + a[:, k : k + depth] @ panel
    a_rows, c_rows = (Rows(x.reshape(-1), np.arange(rows) * x.shape[1]) for x in (a, c))
    multiply_panel(a_rows, k, panel.reshape(-1), width, bias, 3, c_rows)
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("rows", "depth", "columns"), [(1, 1, 1), (5, 300, 3), (70, 130, 50), (33, 257, 300), (3, 0, 2)]
)
def test_matmul(rows: int, depth: int, columns: int, transposed: bool, dtype: type, rng: np.random.Generator) -> None:
    a, b, bias = (integers(rng, *shape, dtype=dtype) for shape in ((rows, depth), (depth, columns), (columns,)))
    given = np.ascontiguousarray(b.T) if transposed else b
    np.testing.assert_array_equal(matmul(a, given, transposed), a @ b)
    np.testing.assert_array_equal(matmul(a, given, transposed, bias), a @ b + bias)
