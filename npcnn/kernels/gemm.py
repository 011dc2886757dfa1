"""Matrix products by register tiles and packed micro-panels.

The scheme is that of Goto and van de Geijn, Anatomy of high-performance matrix multiplication, ACM Transactions on
Mathematical Software 34 (2008). The product ``c = a b`` is computed one register tile at a time: a few rows by a few
vectors of c, whose sums stay in registers while the loop over the depth (the columns of a, the rows of b) adds the
outer product of a column of a and a row of b. So each loaded element serves several multiplications. Before that, b is
packed: copied into micro-panels, which are as wide as a register tile and contiguous, row by row. The tiles then read
b sequentially, and a micro-panel of ``_DEPTH`` rows stays in the L1 cache while all rows of a are multiplied with it.
Matrices are flat arrays in row-major order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.simd.tiles import (
    broadcast_load,
    load_offsets,
    load_rows,
    load_tile,
    outer_product_fma,
    repeat_row,
    store_rows,
)
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import REGISTER_BYTES, aligned_zeros, copy, lanes
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import launch

PARTS = 8
"""The most tasks of a product. It does not depend on the number of threads, so neither do the results."""

TILE_ROWS = 4
_TILE_VECTORS = 3 if REGISTER_BYTES == 64 else 2
"""Shape of a register tile; it has a single vector of columns where c has no more columns than that."""

_DEPTH = 128
"""The most rows of a micro-panel, so that it leaves room in the L1 cache for the elements of a and c."""

_L2_ELEMENTS = 1 << 16
"""Elements of a packed matrix that stay in the L2 cache of a core."""


class Rows(NamedTuple):
    """Rows of a matrix; their number is a multiple of ``TILE_ROWS``, for which a row may be repeated."""

    elements: NDArray  # the flat matrix
    starts: NDArray[np.int64]  # index of each row's first element


def panel_width(columns: int, itemsize: int) -> int:
    """Columns of the micro-panels for a matrix of this many columns: those of a register tile."""
    vector = REGISTER_BYTES // itemsize
    return vector if columns <= vector else _TILE_VECTORS * vector


@kernel
def pack(b, transposed, start, row_stride, depth, columns, width, panels):
    """Copy a block of b, of shape (depth, columns), into micro-panels: ``panels[p, k, j] = b[k, p * width + j]``.

    The block begins at ``b[start]`` of the flat array b, which holds it by rows, or by columns if ``transposed``.
    row_stride: elements from one row of that array to the next. panels: flat, of shape (panels, depth, width).
    """
    if transposed:
        for first in range(0, columns, width):
            count = min(width, columns - first)
            transpose(b, start + first * row_stride, row_stride, count, depth, panels, first * depth, width)
    else:
        for k in range(depth):
            for first in range(0, columns, width):
                count = min(width, columns - first)
                copy(b, start + first + k * row_stride, panels, first * depth + k * width, count)


def _micro_kernel(vectors: int) -> Callable:
    """The update of one register tile of this many vectors a row."""

    @inlined
    def update_tile(a, k, panel, bias, column, c, m):
        """``multiply_panel``, with the same arguments, for the rows m to m + TILE_ROWS of a and c."""
        width, depth = lanes(panel) * unsigned(vectors), len(panel) // (np.intp(lanes(panel)) * vectors)
        a_starts, c_starts = load_offsets(a.starts, m, TILE_ROWS), load_offsets(c.starts, m, TILE_ROWS)
        # The sums, TILE_ROWS by vectors, begin with the bias, or with those of the micro-panels above this one.
        sums = repeat_row(load_tile(bias, column, 1, vectors), TILE_ROWS)
        if k > 0:
            sums = load_rows(c.elements, c_starts, column, vectors)
        for i in range(unsigned(depth)):
            # A column of a, each element broadcast to a vector, and a row of b: each is loaded once for the tile.
            a_column = broadcast_load(a.elements, a_starts, unsigned(k) + i)
            b_row = load_tile(panel, i * width, 1, vectors)
            # All TILE_ROWS * vectors FMAs are independent, so the processor need not wait for their results.
            sums = outer_product_fma(sums, a_column, b_row)
        store_rows(c.elements, c_starts, column, sums)

    return update_tile


_update_wide_tile, _update_narrow_tile = _micro_kernel(_TILE_VECTORS), _micro_kernel(1)


@kernel
def multiply_panel(a, k, panel, width, bias, column, c):
    """``c[:, column : column + width] += a[:, k : k + depth] panel``; if k is 0, c begins with the bias.

    a and c: ``Rows``, equally many. panel: flat, of shape (depth, width), where width is a ``panel_width``. bias: flat,
    read from ``column`` on.
    """
    for m in range(0, len(a.starts), TILE_ROWS):
        if width > np.intp(lanes(panel)):
            _update_wide_tile(a, k, panel, bias, column, c, m)
        else:
            _update_narrow_tile(a, k, panel, bias, column, c, m)


@kernel
def _matmul(call, a, b, transposed, bias, width, strips, c):
    """``c = a b + bias``, for the tasks of ``call``: a strip of columns each, or a part of the rows if strips is 1.

    a (rows, depth), b (depth, columns) or (columns, depth) if ``transposed``, c (rows, columns). bias: of whole
    micro-panels, which have ``width`` columns. strips: into how many the micro-panels are divided.
    """
    (rows, depth), columns, a_flat, b_flat, c_flat = a.shape, c.shape[1], a.reshape(-1), b.reshape(-1), c.reshape(-1)
    count, parts = -(-columns // width), PARTS if strips == 1 else 1
    panels, whole = aligned_zeros(min(depth, _DEPTH) * -(-count // strips) * width, bias), columns // width * width
    edge = aligned_zeros((rows + TILE_ROWS) * width if whole < columns else 0, bias)
    for task in next_tasks(call):
        strip, part = task // parts, task % parts
        left, right = count * strip // strips * width, min(count * (strip + 1) // strips * width, columns)
        top, bottom = rows * part // parts, rows * (part + 1) // parts
        # Where the rows begin in a, in c, and in ``edge``, which takes the micro-panel that is wider than c.
        starts = np.empty((3, -(-(bottom - top) // TILE_ROWS) * TILE_ROWS), np.int64)
        for i in range(starts.shape[1]):
            m = min(top + i, bottom - 1)
            starts[0, i], starts[1, i], starts[2, i] = m * depth, m * columns, i * width - whole
        for k in range(0, max(depth, 1), _DEPTH):
            near = min(_DEPTH, depth - k)
            corner, row_stride = (left * depth + k, depth) if transposed else (left + k * columns, columns)
            pack(b_flat, transposed, corner, row_stride, near, right - left, width, panels)
            for column in range(left, right, width):
                panel = panels[(column - left) * near : (column - left + width) * near]
                target = Rows(c_flat, starts[1]) if column < whole else Rows(edge, starts[2])
                multiply_panel(Rows(a_flat, starts[0]), k, panel, width, bias, column, target)
        if right > whole:
            for m in range(top, bottom):
                copy(edge, (m - top) * width, c_flat, m * columns + whole, columns - whole)


def matmul(a: NDArray, b: NDArray, transposed: bool = False, bias: NDArray | None = None) -> NDArray:
    """``a b + bias``, or ``a b^T + bias`` if b is given ``transposed``: a (rows, depth), bias (columns,)."""
    columns = len(b) if transposed else b.shape[1]
    width = panel_width(columns, a.itemsize)
    padded_bias, c = np.zeros(columns + -columns % width, a.dtype), empty((len(a), columns), a.dtype)
    if bias is not None:
        padded_bias[:columns] = bias
    strips = 1 if b.size <= _L2_ELEMENTS and len(a) >= PARTS * TILE_ROWS else min(PARTS, -(-columns // width))
    tasks = PARTS if strips == 1 else strips
    launch(_matmul, tasks, a, b, transposed, padded_bias, width, strips, c, work=a.size * columns)
    return c
