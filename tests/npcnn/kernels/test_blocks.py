"""Blocks of vectors against the matrices that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.arithmetic import larger, where_equal
from npcnn.kernels.blocks import (
    add_products,
    block_at,
    filled,
    repeated,
    rows_at,
    side_by_side,
    spread_at,
    starts_at,
    store_block,
    store_rows,
)
from npcnn.kernels.compile import kernel
from npcnn.kernels.vectors import broadcast, lanes

_ROWS, _COLUMNS = 3, 2


@kernel
def _products(a, starts, row, sums):
    """Adds to sums the numbers of a behind three starts, each times the row."""
    block = block_at(sums, 0, _ROWS, _COLUMNS)
    column = spread_at(a, starts_at(starts, 1, _ROWS), 2)
    store_block(sums, 0, add_products(block, column, block_at(row, 0, 1, _COLUMNS)))


@kernel
def _moved(a, starts, targets, c):
    """Copies rows from ``starts`` to ``targets``, 1 and 2 behind, and then a row of vectors from two of the starts."""
    store_rows(c, starts_at(targets, 0, _ROWS), 2, rows_at(a, starts_at(starts, 0, _ROWS), 1, _COLUMNS))
    store_block(c, 0, repeated(side_by_side(a, starts_at(starts, 0, _COLUMNS), 3), 2))


@kernel
def _chosen(a, b, result):
    first, second = block_at(a, 0, _ROWS, _COLUMNS), block_at(b, 0, _ROWS, _COLUMNS)
    ones = filled(broadcast(a.dtype.type(1)), _ROWS, _COLUMNS)
    most = larger(first, second, first, second)
    store_block(result, 0, where_equal(first, second, ones, most))


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
