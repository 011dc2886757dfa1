"""The SIMD intrinsics in NumPy: what they compute, and what runs in their place when compilation is disabled.

A vector is an array of ``lanes`` elements, a tile an array (rows, columns, lanes). The intrinsics of the same names
document the parameters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.simd.registers import REGISTER_BYTES

# ---- vectors


def lanes(array: NDArray) -> int:
    return REGISTER_BYTES // array.itemsize


def load(array: NDArray, index: int) -> NDArray:
    return array[index : index + lanes(array)].copy()


def store(array: NDArray, index: int, vector: NDArray) -> None:
    array[index : index + len(vector)] = vector


def splat(value: np.floating) -> NDArray:
    return np.full(lanes(np.asarray(value)), value)


def multiply_add(a: NDArray, b: NDArray, c: NDArray) -> NDArray:
    return a * b + c


def horizontal_sum(vector: NDArray) -> np.floating:
    while len(vector) > 1:
        vector = vector[: len(vector) // 2] + vector[len(vector) // 2 :]
    return vector[0]


# ---- tiles


def load_offsets(table: NDArray[np.integer], index: int, count: int) -> tuple[int, ...]:
    return tuple(table[index : index + count].tolist())


def filled_tile(vector: NDArray, rows: int, columns: int) -> NDArray:
    return np.tile(vector, (rows, columns, 1))


def load_tile(array: NDArray, index: int, rows: int, columns: int) -> NDArray:
    return array[index : index + rows * columns * lanes(array)].reshape(rows, columns, -1).copy()


def load_row(array: NDArray, starts: tuple[int, ...], offset: int) -> NDArray:
    return np.stack([load(array, start + offset) for start in starts])[np.newaxis]


def broadcast_load(array: NDArray, starts: tuple[int, ...], offset: int) -> NDArray:
    return np.stack([splat(array[start + offset]) for start in starts])[:, np.newaxis]


def repeat_row(row: NDArray, rows: int) -> NDArray:
    return np.repeat(row, rows, axis=0)


def outer_product_fma(sums: NDArray, column: NDArray, row: NDArray) -> NDArray:
    return sums + column * row


def store_tile(array: NDArray, index: int, tile: NDArray) -> None:
    array[index : index + tile.size] = tile.reshape(-1)


def load_rows(array: NDArray, starts: tuple[int, ...], offset: int, columns: int) -> NDArray:
    return np.concatenate([load_tile(array, start + offset, 1, columns) for start in starts])


def store_rows(array: NDArray, starts: tuple[int, ...], offset: int, tile: NDArray) -> None:
    for start, row in zip(starts, tile, strict=True):
        store_tile(array, start + offset, row)


# ---- arithmetic of scalars, vectors and tiles


def select_greater(a: NDArray, b: NDArray, if_greater: NDArray, otherwise: NDArray) -> NDArray:
    return np.where((a > b) | np.isnan(a) & ~np.isnan(b), if_greater, otherwise)[()]


def select_equal(a: NDArray, b: NDArray, if_equal: NDArray, otherwise: NDArray) -> NDArray:
    return np.where(a == b, if_equal, otherwise)


def fma(a: NDArray, b: NDArray, c: NDArray) -> NDArray:
    return (a.astype(np.longdouble) * b + c).astype(a.dtype)  # the wider sum is rounded too, but that rarely shows


def floor(x: NDArray) -> NDArray:
    return np.floor(x)


def power_of_two(n: NDArray) -> NDArray:
    return np.ldexp(n.dtype.type(1), np.nan_to_num(n).astype(int))


def constant_like(example: NDArray, value: float) -> NDArray:
    return np.full_like(example, value)[()]


# ---- transposition


def transpose_square(
    source: NDArray, start: int, row_stride: int, target: NDArray, target_start: int, target_stride: int
) -> None:
    columns = np.stack([load(source, start + i * row_stride) for i in range(lanes(source))]).T
    for j, column in enumerate(columns):
        store(target, target_start + j * target_stride, column)
