"""The inner loops of dense layers: products of matrices block by block in registers, and those of few rows.

Matrices are flat arrays, row after row. Panels and blocks are as in Goto and van de Geijn, Anatomy of high-performance
matrix multiplication, ACM Transactions on Mathematical Software 34 (2008).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

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
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import REGISTER_BYTES, copy, horizontal_sum, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import inlined, kernel, unsigned

TILE_ROWS = 4
"""Of a block of sums; it has ``WIDE`` columns, or one if there are no more numbers than one vector holds."""

WIDE = 3 if REGISTER_BYTES == 64 else 2


@kernel
def panel_width(columns, example):
    """Numbers in a row of the panels that a matrix of so many columns is cut into: as wide as a block of sums."""
    one = np.intp(lanes(example))
    return one if columns <= one else WIDE * one


@kernel
def pack(b, turned, start, step, depth, columns, width, panels):
    """Put a part of a flat matrix b, of this depth, into panels: one behind the other, each row after row.

    So what is multiplied next lies together; rows a power of two apart would push each other out of the cache. The part
    begins at ``start``, and from a row of b to the next it is ``step`` numbers. With ``turned``, b is transposed.
    """
    if turned:
        for first in range(0, columns, width):
            count = min(width, columns - first)
            transpose(b, start + first * step, step, count, depth, panels, first * depth, width)
    else:
        for k in range(depth):
            for first in range(0, columns, width):
                count = min(width, columns - first)
                copy(b, start + first + k * step, panels, first * depth + k * width, count)


def _adding_block(columns: int) -> Callable:
    """What computes a block of ``add_product``."""

    @inlined
    def add(a, starts, k, panel, depth, bias, column, c, own):
        width, s = lanes(c) * unsigned(columns), repeat_row(load_tile(bias, column, 1, columns), TILE_ROWS)
        if k > 0:
            s = load_rows(c, own, column, columns)
        for i in range(unsigned(depth)):
            s = outer_product_fma(
                s, broadcast_load(a, starts, unsigned(k) + i), load_tile(panel, i * width, 1, columns)
            )
        store_rows(c, own, column, s)

    return add


_add_wide, _add_narrow = _adding_block(WIDE), _adding_block(1)


@kernel
def add_product(a, starts, k, panel, depth, width, bias, column, c, c_starts):
    """``c[c_starts[m] + column + p] += sum_i a[starts[m] + k + i] * panel[i, p]``, i below depth and p below width.

    For k of 0, c is first ``bias[column + p]``. There are whole blocks of rows: callers repeat some.
    """
    for m in range(0, len(starts), TILE_ROWS):
        near, own = load_offsets(starts, m, TILE_ROWS), load_offsets(c_starts, m, TILE_ROWS)
        if width > np.intp(lanes(a)):
            _add_wide(a, near, k, panel, depth, bias, column, c, own)
        else:
            _add_narrow(a, near, k, panel, depth, bias, column, c, own)


@kernel
def add_weighted_rows(a, b, start, step, c, place, length):
    """``c[place + p] += sum_k a[k] * b[start + k * step + p]`` for p below length: a row times a matrix.

    Eight rows of b at a time: c is read and written only once for them, and b in long runs, as memory likes it best.
    """
    one, whole, eight = lanes(b), len(a) - len(a) % 8, unsigned(8)
    length, step, c0 = unsigned(length), unsigned(step), unsigned(place)
    for k in range(unsigned(0), unsigned(whole), eight):
        w0, w1, w2, w3 = a[k], a[k + unsigned(1)], a[k + unsigned(2)], a[k + unsigned(3)]
        w4, w5, w6, w7 = a[k + unsigned(4)], a[k + unsigned(5)], a[k + unsigned(6)], a[k + unsigned(7)]
        b0 = unsigned(start) + k * step
        b1, b2, b3 = b0 + step, b0 + step * unsigned(2), b0 + step * unsigned(3)
        b4, b5, b6, b7 = (
            b0 + step * unsigned(4),
            b1 + step * unsigned(4),
            b2 + step * unsigned(4),
            b3 + step * unsigned(4),
        )
        p = unsigned(0)
        while p + one <= length:
            s = multiply_add(splat(w0), load(b, b0 + p), load(c, c0 + p))
            s = multiply_add(splat(w1), load(b, b1 + p), s)
            s = multiply_add(splat(w2), load(b, b2 + p), s)
            s = multiply_add(splat(w3), load(b, b3 + p), s)
            s = multiply_add(splat(w4), load(b, b4 + p), s)
            s = multiply_add(splat(w5), load(b, b5 + p), s)
            s = multiply_add(splat(w6), load(b, b6 + p), s)
            store(c, c0 + p, multiply_add(splat(w7), load(b, b7 + p), s))
            p += one
        while p < length:
            s = w0 * b[b0 + p] + w1 * b[b1 + p] + w2 * b[b2 + p] + w3 * b[b3 + p]
            c[c0 + p] += s + w4 * b[b4 + p] + w5 * b[b5 + p] + w6 * b[b6 + p] + w7 * b[b7 + p]
            p += unsigned(1)
    for k in range(whole, len(a)):
        for p in range(length):
            c[c0 + p] += a[k] * b[unsigned(start) + unsigned(k) * step + p]


@kernel
def add_weighted_rows_to_few(a, first, last, b, step, c, place, length):
    """``c[place + n * length + p] += sum_k a[n, k] * b[k * step + p]`` for k from first to last: the same for few rows.

    Four rows of b at a time, which stay in the first-level cache, for two rows of a at a time.
    """
    (rows, depth), one, numbers = a.shape, lanes(b), a.reshape(-1)
    whole_rows, whole = last - (last - first) % 4, unsigned(length) - unsigned(length) % one
    for k in range(first, whole_rows, 4):
        b0, b1, b2, b3 = (
            unsigned(k * step),
            unsigned((k + 1) * step),
            unsigned((k + 2) * step),
            unsigned((k + 3) * step),
        )
        for n in range(0, rows, 2):
            last_row = min(n + 1, rows - 1)
            two, own = (n * depth, last_row * depth), (place + n * length, place + last_row * length)
            w0, w1 = broadcast_load(numbers, two, k), broadcast_load(numbers, two, k + 1)
            w2, w3 = broadcast_load(numbers, two, k + 2), broadcast_load(numbers, two, k + 3)
            p = unsigned(0)
            while p < whole:
                s = outer_product_fma(load_rows(c, own, p, 1), w0, load_tile(b, b0 + p, 1, 1))
                s = outer_product_fma(s, w1, load_tile(b, b1 + p, 1, 1))
                s = outer_product_fma(s, w2, load_tile(b, b2 + p, 1, 1))
                store_rows(c, own, p, outer_product_fma(s, w3, load_tile(b, b3 + p, 1, 1)))
                p += one
            for p in range(whole, unsigned(length)):
                for j in range(min(2, rows - n)):
                    for i in range(4):
                        c[unsigned(own[j]) + p] += a[n + j, k + i] * b[unsigned((k + i) * step) + p]
    for n in range(rows):
        add_weighted_rows(a[n, whole_rows:last], b, whole_rows * step, step, c, place + n * length, length)


@kernel
def dot_rows(a, b, first, last, c):
    """``c[n, m] = sum_k a[n, k] * b[m, k]`` for the rows m of b from first to last: few rows times a transposed matrix.

    Blocks of four rows of b by two of a; what is left over repeats the last one. b is read only once.
    """
    (rows, depth), one, numbers, others = a.shape, lanes(a), a.reshape(-1), b.reshape(-1)
    whole, sums = unsigned(depth) - unsigned(depth) % one, np.empty(8 * one, a.dtype)
    for m in range(first, last, 4):
        four = load_offsets(np.minimum(np.arange(m, m + 4), last - 1) * depth, 0, 4)
        for n in range(0, rows, 2):
            two, k = (n * depth, min(n + 1, rows - 1) * depth), unsigned(0)
            s = filled_tile(splat(a.dtype.type(0)), 4, 2)
            while k < whole:
                s = outer_product_fma(s, load_rows(others, four, k, 1), load_row(numbers, two, k))
                k += one
            store_tile(sums, 0, s)
            for i in range(min(4, last - m)):
                for j in range(min(2, rows - n)):
                    dot = horizontal_sum(load(sums, unsigned(2 * i + j) * one))
                    for k in range(whole, unsigned(depth)):
                        dot += a[n + j, k] * b[m + i, k]
                    c[n + j, m + i] = dot
