"""Dense layers: products of matrices, cut for the threads into strips of columns; for a single image, of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.kernels.matmul import ROWS, add_product, add_weighted_rows, dot_rows, pack, panel_width
from npcnn.kernels.tickets import drawn
from npcnn.kernels.transpose import transpose
from npcnn.kernels.vectors import aligned_zeros, copy
from npcnn.memory import empty
from npcnn.threads import share

PARTS = 8
"""Into how many tasks a product is cut, at most. They do not depend on the number of threads, so neither do the
results."""

_DEPTH = 128
"""Rows of b that are packed at a time: a panel of so many stays in the first-level cache while all rows of a go by."""

_NEAR = 256
"""Rows of c whose sums are collected at a time: they stay in the second-level cache."""

_FROM_MEMORY = 4
"""Multiply-adds that take about as long as reading a weight."""


@kernel
def _multiply(call, a, b, turned, step, bias, width, strips, c):
    """``c = a b + bias``; b is flat, ``turned`` and ``step`` as ``pack`` takes them.

    A task is a strip of whole panels of columns or, if there is just one strip, a part of the rows.
    """
    (rows, depth), columns, numbers, results = a.shape, c.shape[1], a.reshape(-1), c.reshape(-1)
    count, parts = -(-columns // width), PARTS if strips == 1 else 1
    most = -(-count // strips) * width
    panels, sums = aligned_zeros(min(depth, _DEPTH) * most, a), aligned_zeros(min(rows + ROWS, _NEAR) * most, a)
    for task in drawn(call):
        strip, part = task // parts, task % parts
        column, end = count * strip // strips * width, rows * (part + 1) // parts
        length = min(count * (strip + 1) // strips * width, columns) - column
        for start in range(rows * part // parts, end, _NEAR):
            own = min(_NEAR, end - start)
            starts = np.minimum(np.arange(start, start + own + -own % ROWS), end - 1) * depth
            for first in range(0, length, width):
                for m in range(len(starts)):
                    copy(bias, column + first, sums, first * len(starts) + m * width, min(width, length - first))
            for k in range(0, depth, _DEPTH):
                near = min(_DEPTH, depth - k)
                pack(b, turned, column * step + k if turned else column + k * step, step, near, length, width, panels)
                add_product(numbers, starts, k, panels, near, length, width, sums)
            for first in range(0, length, width):
                for m in range(own):
                    target = (start + m) * columns + column + first
                    copy(sums, first * len(starts) + m * width, results, target, min(width, length - first))


def _product(a: NDArray, b: NDArray, turned: bool, bias: NDArray | None = None) -> NDArray:
    """``a b + bias``, or of the transposed b if that is ``turned``."""
    columns = len(b) if turned else b.shape[1]
    bias, c = np.zeros(columns, a.dtype) if bias is None else bias, empty((len(a), columns), a.dtype)
    width = panel_width(columns, a)
    strips = min(PARTS, -(-columns // width))
    tasks = PARTS if strips == 1 else strips
    share(_multiply, tasks, a, b.reshape(-1), turned, b.shape[1], bias, width, strips, c, work=a.size * columns)
    return c


@kernel
def partial_row(part, x, w, sums, place):
    """One of ``PARTS`` of the products that a single image sums up: of x (inputs,) with some of the rows of w."""
    (inputs, outputs) = w.shape
    first, last = inputs * part // PARTS, inputs * (part + 1) // PARTS
    target = place + part * outputs
    sums[target : target + outputs] = 0
    add_weighted_rows(x[first:last], w.reshape(-1), first * outputs, outputs, sums, target, outputs)


@kernel
def total_row(sums, place, b, y):
    """The sum of all parts, and the bias: y (outputs,)."""
    y[:] = b
    for part in range(PARTS):
        for j in range(len(y)):
            y[j] += sums[place + part * len(y) + j]


@kernel
def _forward_one(call, x, w, sums):
    for part in drawn(call):
        partial_row(part, x, w, sums, 0)


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs)."""
    if len(x) != 1:
        return _product(x, w, False, b)
    outputs, y = len(b), empty((1, len(b)), x.dtype)
    sums = np.empty(PARTS * outputs, x.dtype)
    share(_forward_one, PARTS, x[0], w, sums, work=w.size * _FROM_MEMORY)
    total_row(sums, 0, b, y[0])
    return y


@kernel
def _backward_one(call, dy, w, dx):
    for part in drawn(call):
        dot_rows(dy, w.reshape(-1), len(w) * part // PARTS, len(w) * (part + 1) // PARTS, dx)


def dense_backward_input(dy: NDArray, w: NDArray) -> NDArray:
    """``dx = dy w^T``: (N, inputs)."""
    if len(dy) != 1:
        return _product(dy, w, True)
    dx = empty((1, len(w)), dy.dtype)
    share(_backward_one, PARTS, dy[0], w, dx[0], work=w.size * _FROM_MEMORY)
    return dx


@kernel
def _turn_over(call, x, turned):
    (images, inputs), numbers, result = x.shape, x.reshape(-1), turned.reshape(-1)
    for part in drawn(call):
        first, last = inputs * part // PARTS, inputs * (part + 1) // PARTS
        transpose(numbers, first, inputs, images, last - first, result, first * images, images)


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy``, (inputs, outputs), and ``db``, the sum of dy over the images."""
    turned = empty((x.shape[1], len(x)), x.dtype)
    share(_turn_over, PARTS, x, turned, work=x.size * _FROM_MEMORY)
    return _product(turned, dy, False), dy.sum(axis=0)
