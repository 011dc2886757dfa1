"""Register tiles, compared with the matrices that they represent."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.simd.arithmetic import select_equal, select_greater
from npcnn.kernels.simd.tiles import (
    broadcast_load,
    filled_tile,
    load_offsets,
    load_row,
    load_rows,
    load_tile,
    outer_product_fma,
    repeat_row,
    store_rows,
    store_tile,
)
from npcnn.kernels.simd.vectors import lanes, splat
from npcnn.runtime.compile import kernel

_ROWS, _COLUMNS = 3, 2


@kernel
def _products(a, starts, row, sums):
    """Adds to sums the numbers of a behind three starts, each times the row."""
    block = load_tile(sums, 0, _ROWS, _COLUMNS)
    column = broadcast_load(a, load_offsets(starts, 1, _ROWS), 2)
    store_tile(sums, 0, outer_product_fma(block, column, load_tile(row, 0, 1, _COLUMNS)))


@kernel
def _moved(a, starts, targets, c):
    """Copies rows from ``starts`` to ``targets``, 1 and 2 behind, and then a row of vectors from two of the starts."""
    store_rows(c, load_offsets(targets, 0, _ROWS), 2, load_rows(a, load_offsets(starts, 0, _ROWS), 1, _COLUMNS))
    store_tile(c, 0, repeat_row(load_row(a, load_offsets(starts, 0, _COLUMNS), 3), 2))


@kernel
def _chosen(a, b, result):
    first, second = load_tile(a, 0, _ROWS, _COLUMNS), load_tile(b, 0, _ROWS, _COLUMNS)
    ones = filled_tile(splat(a.dtype.type(1)), _ROWS, _COLUMNS)
    most = select_greater(first, second, first, second)
    store_tile(result, 0, select_equal(first, second, ones, most))


@kernel
def _lanes(a):
    return lanes(a)


@pytest.fixture(params=[np.float32, np.float64])
def a(request: pytest.FixtureRequest, rng: np.random.Generator) -> np.ndarray:
    """A flat array, long enough for all that is read here."""
    return np.round(4 * rng.standard_normal(400)).astype(request.param)


def test_products_of_a_column_and_a_row(a: np.ndarray) -> None:
    width = _COLUMNS * _lanes(a)
    starts, row, sums = np.array([0, 7, 90, 31]), a[200 : 200 + width].copy(), a[: _ROWS * width].copy()
    expected = sums + np.outer(a[[9, 92, 33]], row).reshape(-1)
    _products(a, starts, row, sums)
    np.testing.assert_array_equal(sums, expected)


def test_vectors_from_several_places(a: np.ndarray) -> None:
    one = _lanes(a)
    starts, targets, c = np.array([5, 60, 21]), np.array([100, 300, 200]), np.zeros_like(a)
    expected = c.copy()
    for start, target in zip(starts, targets, strict=True):
        expected[target + 2 : target + 2 + _COLUMNS * one] = a[start + 1 : start + 1 + _COLUMNS * one]
    row = np.concatenate([a[8 : 8 + one], a[63 : 63 + one]])
    expected[: 4 * one] = np.concatenate([row, row])
    _moved(a, starts, targets, c)
    np.testing.assert_array_equal(c, expected)


def test_choices_number_by_number(a: np.ndarray) -> None:
    size = _ROWS * _COLUMNS * _lanes(a)
    first, second, result = a[:size].copy(), a[100 : 100 + size].copy(), np.zeros(size, a.dtype)
    second[::3] = first[::3]
    first[1] = np.nan
    _chosen(first, second, result)
    np.testing.assert_array_equal(result, np.where(first == second, 1, np.maximum(first, second)))
