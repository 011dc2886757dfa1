"""Dense layers: three products of matrices, each cut into strips that the threads share.

Rows of a matrix often lie a power of two apart, where they push each other out of the cache: strips are packed first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.kernels.matmul import add_dot_products, add_weighted_rows, add_weighted_rows_to_fours, pack, product
from npcnn.kernels.tickets import drawn
from npcnn.kernels.vectors import copy
from npcnn.memory import empty
from npcnn.threads import share

_STRIP = 48
"""Columns of a strip: whole blocks of ``product``, and with 1,024 rows less than half of a second-level cache."""

_STEP = _STRIP + 16
"""From one row of a packed strip to the next."""

_DEPTH = 128
"""Rows of a strip that are multiplied at a time: they stay in the first-level cache for all images."""

_ROWS = 60
"""Rows of w a task in backward: whole blocks of both products, by threes and by fours."""

_IN_CACHE = 40_000
"""Numbers of a packed strip that leave room for more in a second-level cache of 512 KiB."""

_VECTOR = 16
"""The most numbers that a vector holds."""

_MANY = 32
"""From so many images on packing w takes less time than it saves; for fewer, w is read straight from where it lies."""

_LONG_STRIP = 256
"""Columns of a strip then."""

PARTS = 8
"""Of the rows of w for a single image. They do not depend on the number of threads, so neither do the results."""

_FROM_MEMORY = 4
"""Multiply-adds that take about as long as reading a weight."""


@kernel
def _many(call, x, w, b, y):
    (inputs, outputs), (images, width) = w.shape, x.shape
    blocks, depth, rows = width // _DEPTH, np.arange(inputs), np.arange(_MANY)
    strip, sums = np.zeros(width * _STEP, x.dtype), np.empty(blocks * _MANY * _STEP, x.dtype)
    block, nothing = np.arange(blocks).reshape(blocks, 1), np.zeros(_MANY, x.dtype)
    packed = (block * _DEPTH + np.arange(_DEPTH)) * _STEP
    for task in drawn(call):
        column = task * _STRIP
        length = min(_STRIP, outputs - column)
        pack(w.reshape(-1), depth * outputs + column, length, strip, _STEP)
        for start in range(0, images, _MANY):
            own = rows[: images - start]
            given, made = block * _DEPTH + (start + own) * width, (block * _MANY + own) * _STEP
            product(x.reshape(-1), given, strip, packed, nothing, sums, made, 0, length)
            for n in own:
                made_row = y[start + n, column : column + length]
                made_row[:] = b[column : column + length]
                for i in range(blocks):
                    for j in range(np.uintp(length)):
                        made_row[j] += sums[np.uintp((i * _MANY + n) * _STEP) + j]


@kernel
def _few(call, x, w, b, y):
    (inputs, outputs), images = w.shape, len(x)
    rows, inner = np.arange(images + -images % 4), inputs - inputs % 4
    sums, given = np.empty((len(rows), _LONG_STRIP), x.dtype), np.minimum(rows, images - 1) * inputs
    made, numbers, weights = rows * _LONG_STRIP, x.reshape(-1), w.reshape(-1)
    for task in drawn(call):
        column = task * _LONG_STRIP
        length = min(_LONG_STRIP, outputs - column)
        whole = length - length % _VECTOR
        sums[:] = 0
        starts = np.arange(inner) * outputs + column
        add_weighted_rows_to_fours(numbers, given, weights, starts, sums.reshape(-1), made, whole)
        for n in range(images):
            for k in range(0 if whole < length else inner, inputs):
                for j in range(whole if k < inner else 0, length):
                    sums[n, j] += x[n, k] * w[k, column + j]
            for j in range(length):
                y[n, column + j] = sums[n, j] + b[column + j]


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
def _one(call, x, w, sums):
    for part in drawn(call):
        partial_row(part, x, w, sums, 0)


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs).

    A task is a strip of columns; for a single image some of the rows of w, whose sums are then added up.
    """
    (inputs, outputs), y = w.shape, empty((len(x), w.shape[1]), x.dtype)
    if len(x) == 1:
        sums = np.empty(PARTS * outputs, x.dtype)
        share(_one, PARTS, x[0], w, sums, work=w.size * _FROM_MEMORY)
        total_row(sums, 0, b, y[0])
    elif len(x) < _MANY:
        share(_few, -(-outputs // _LONG_STRIP), x, w, b, y, work=max(len(x), _FROM_MEMORY) * w.size)
    else:
        whole = x if inputs % _DEPTH == 0 else np.pad(x, ((0, 0), (0, -inputs % _DEPTH)))
        share(_many, -(-outputs // _STRIP), whole, w, b, y, work=len(x) * w.size)
    return y


@kernel
def _backward_input(call, dy, w, dx):
    length, rows = dy.shape[1], np.arange(len(dx))
    gradients = (np.minimum(rows, len(dy) - 1) * length).reshape(1, len(dx))
    for task in drawn(call):
        strip = task * _ROWS
        columns = np.arange(strip, min(strip + _ROWS, dx.shape[1]))
        dx[:, strip : strip + _ROWS] = 0
        weights = (np.minimum(columns, len(w) - 1) * length).reshape(1, len(columns))
        starts = rows * dx.shape[1] + strip
        add_dot_products(dy.reshape(-1), gradients, w.reshape(-1), weights, dx.reshape(-1), starts, length)


def dense_backward_input(dy: NDArray, w: NDArray) -> NDArray:
    """``dx = dy w^T``: (N, inputs); both factors are read along their rows, as dot products."""
    (images, outputs), inputs = dy.shape, len(w)
    dx = empty((images + -images % 4, inputs + -inputs % 3), dy.dtype)  # whole blocks
    missing = -outputs % _VECTOR
    if missing:
        dy, w = np.pad(dy, ((0, 0), (0, missing))), np.pad(w, ((0, 0), (0, missing)))
    share(_backward_input, -(-inputs // _ROWS), dy, w, dx, work=images * w.size)
    return np.ascontiguousarray(dx[:images, :inputs])


@kernel
def _backward_weights(call, dy, x_transposed, dw):
    (images, outputs), inputs = dy.shape, len(x_transposed)
    gradients, numbers, depth = dy.reshape(-1), x_transposed.reshape(-1), np.arange(images)
    # As wide a strip as the cache holds: dw is then written in long runs.
    wide = max(_IN_CACHE // (max(images, 1) * _STRIP), 1) * _STRIP
    step = wide + _VECTOR
    strip, products, nothing = np.empty(images * step, dy.dtype), np.empty(4 * step, dy.dtype), np.zeros(4, dy.dtype)
    pixels, packed = dw.reshape(-1), (depth * step).reshape(1, images)
    for task in drawn(call):
        for column in range(0, outputs, wide):
            length = min(wide, outputs - column)
            pack(gradients, depth * outputs + column, length, strip, step)
            for row in range(task * _ROWS, min((task + 1) * _ROWS, inputs), 4):
                rows = np.arange(min(4, inputs - row)).reshape(1, -1)
                product(numbers, (row + rows) * images, strip, packed, nothing, products, rows * step, 0, length)
                for i in range(rows.size):
                    copy(products, i * step, pixels, (row + i) * outputs + column, length)


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy``, (inputs, outputs), and ``db``, the sum of dy over the images; a strip of rows a task."""
    dw = empty((x.shape[1], dy.shape[1]), dy.dtype)
    share(_backward_weights, -(-len(dw) // _ROWS), dy, np.ascontiguousarray(x.T), dw, work=len(x) * dw.size)
    return dw, dy.sum(axis=0)
