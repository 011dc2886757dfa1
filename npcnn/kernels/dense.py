"""Dense layers: products of matrices, cut for the threads into strips of columns; for few images, of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.gemm import (
    TILE_ROWS,
    add_product,
    add_weighted_rows,
    add_weighted_rows_to_few,
    dot_rows,
    pack,
    panel_width,
)
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import aligned_zeros, copy
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import launch

PARTS = 8
"""Into how many tasks a product is cut, at most. They do not depend on the number of threads, so neither do the
results."""

_DEPTH = 128
"""Rows of b that are packed at a time: a panel of so many stays in the first-level cache while all rows of a go by."""

_IN_CACHE = 1 << 16
"""Numbers of a packed matrix that stay in the second-level cache of a thread."""

_FEW, _LONG = 32, 32
"""Up to so many images, and from so long rows on, w is read straight from where it lies instead of being packed."""

_FROM_MEMORY = 4
"""Multiply-adds that take about as long as reading a weight."""


@kernel
def _multiply(call, a, b, turned, bias, width, strips, c):
    """``c = a b + bias``; b (depth, columns) or, if it is ``turned``, (columns, depth); bias in whole panels.

    A task is a strip of whole panels of columns or, if there is just one strip, a part of the rows.
    """
    (rows, depth), columns, numbers, others = a.shape, c.shape[1], a.reshape(-1), b.reshape(-1)
    count, parts = -(-columns // width), PARTS if strips == 1 else 1
    panels, last_panel = aligned_zeros(min(depth, _DEPTH) * -(-count // strips) * width, a), columns // width * width
    edge_starts = np.arange(rows + TILE_ROWS) * width
    edge = aligned_zeros(edge_starts.size * width if last_panel < columns else 0, a)
    for task in next_tasks(call):
        strip, part = task // parts, task % parts
        left, right = count * strip // strips * width, min(count * (strip + 1) // strips * width, columns)
        top, bottom = rows * part // parts, rows * (part + 1) // parts
        own = np.minimum(np.arange(top, bottom + (top - bottom) % TILE_ROWS), bottom - 1)
        for k in range(0, max(depth, 1), _DEPTH):
            near = min(_DEPTH, depth - k)
            corner, step = (left * depth + k, depth) if turned else (left + k * columns, columns)
            pack(others, turned, corner, step, near, right - left, width, panels)
            for column in range(left, right, width):
                panel = panels[(column - left) * near :]
                if column < last_panel:
                    add_product(numbers, own * depth, k, panel, near, width, bias, column, c.reshape(-1), own * columns)
                else:
                    add_product(numbers, own * depth, k, panel, near, width, bias[column:], 0, edge, edge_starts)
        if right > last_panel:
            for m in range(top, bottom):
                copy(edge, (m - top) * width, c.reshape(-1), m * columns + last_panel, columns - last_panel)


def _product(a: NDArray, b: NDArray, turned: bool, bias: NDArray | None = None) -> NDArray:
    """``a b + bias``, or of the transposed b if that is ``turned``."""
    columns = len(b) if turned else b.shape[1]
    width = panel_width(columns, a)
    whole_bias, c = np.zeros(columns + -columns % width, a.dtype), empty((len(a), columns), a.dtype)
    if bias is not None:
        whole_bias[:columns] = bias
    strips = 1 if b.size <= _IN_CACHE and len(a) >= PARTS * TILE_ROWS else min(PARTS, -(-columns // width))
    tasks = PARTS if strips == 1 else strips
    launch(_multiply, tasks, a, b, turned, whole_bias, width, strips, c, work=a.size * columns)
    return c


@kernel
def partial_rows(part, x, w, sums, place):
    """One of ``PARTS`` of the products that few images sum up: of x (N, inputs) with some of the rows of w."""
    (inputs, outputs), images = w.shape, len(x)
    first, last = inputs * part // PARTS, inputs * (part + 1) // PARTS
    target = place + part * images * outputs
    sums[target : target + images * outputs] = 0
    if images == 1:
        add_weighted_rows(x[0, first:last], w.reshape(-1), first * outputs, outputs, sums, target, outputs)
    else:
        add_weighted_rows_to_few(x, first, last, w.reshape(-1), outputs, sums, target, outputs)


@kernel
def total_rows(sums, place, b, y):
    """The sum of all parts, and the bias: y (N, outputs)."""
    images, outputs = y.shape
    for n in range(images):
        y[n] = b
        for part in range(PARTS):
            own = unsigned(place + (part * images + n) * outputs)
            for j in range(unsigned(outputs)):
                y[n, j] += sums[own + j]


@kernel
def _forward_few(call, x, w, sums):
    for part in next_tasks(call):
        partial_rows(part, x, w, sums, 0)


def _few(x: NDArray, w: NDArray) -> bool:
    """Whether x has so few rows that w is better read in long runs, which it has, than packed."""
    return len(x) == 1 or (len(x) <= _FEW and min(w.shape) >= _LONG)


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs)."""
    if not _few(x, w):
        return _product(x, w, False, b)
    y = empty((len(x), len(b)), x.dtype)
    sums = empty((PARTS * y.size,), x.dtype)
    launch(_forward_few, PARTS, x, w, sums, work=w.size * max(len(x), _FROM_MEMORY))
    total_rows(sums, 0, b, y)
    return y


@kernel
def _backward_few(call, dy, w, dx):
    for part in next_tasks(call):
        dot_rows(dy, w, len(w) * part // PARTS, len(w) * (part + 1) // PARTS, dx)


def dense_backward_input(dy: NDArray, w: NDArray) -> NDArray:
    """``dx = dy w^T``: (N, inputs)."""
    if not _few(dy, w):
        return _product(dy, w, True)
    dx = empty((len(dy), len(w)), dy.dtype)
    launch(_backward_few, PARTS, dy, w, dx, work=w.size * max(len(dy), _FROM_MEMORY))
    return dx


@kernel
def _turn_over(call, x, turned):
    (images, inputs), numbers, result = x.shape, x.reshape(-1), turned.reshape(-1)
    for part in next_tasks(call):
        first, last = inputs * part // PARTS, inputs * (part + 1) // PARTS
        transpose(numbers, first, inputs, images, last - first, result, first * images, images)


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy``, (inputs, outputs), and ``db``, the sum of dy over the images."""
    turned = empty((x.shape[1], len(x)), x.dtype)
    launch(_turn_over, PARTS, x, turned, work=x.size * _FROM_MEMORY)
    return _product(turned, dy, False), dy.sum(axis=0)
