"""Dense layers: a product of matrices, cut into strips that the threads share.

Rows of a matrix often lie a power of two apart, where they push each other out of the cache: strips are packed first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.kernels.matmul import add_dot_products, add_weighted_rows, add_weighted_rows_to_fours, pack, product
from npcnn.kernels.tickets import drawn
from npcnn.kernels.transpose import transpose
from npcnn.memory import empty
from npcnn.threads import share

_STRIP = 48
"""Columns of a strip: whole blocks of ``product``, and with 1,024 rows less than half of a second-level cache."""

_STEP = _STRIP + 16
"""From one row of a packed strip to the next."""

_DEPTH = 128
"""Rows of a strip that are multiplied at a time: they stay in the first-level cache for all images."""

_VECTOR = 16
"""The most numbers that a vector holds."""

_MANY = 32
"""From so many images on packing w takes less time than it saves; for fewer, w is read straight from where it lies."""

_LONG_STRIP = 256
"""Columns of a strip then."""

NARROW = 32
"""With fewer outputs than this, w is turned over first, so that its long side makes long rows."""

PARTS = 8
"""Of the rows of w for a single image. They do not depend on the number of threads, so neither do the results."""

_FROM_MEMORY = 4
"""Multiply-adds that take about as long as reading a weight."""


@kernel
def _many(call, x, w, b, y):
    (inputs, outputs), (images, width) = w.shape, x.shape
    blocks, depth, rows = width // _DEPTH, np.arange(inputs), np.arange(_MANY)
    strip, sums = np.zeros(width * _STEP, x.dtype), np.empty(blocks * _MANY * _STEP, x.dtype)
    block = np.arange(blocks).reshape(blocks, 1)
    packed = (block * _DEPTH + np.arange(_DEPTH)) * _STEP
    for task in drawn(call):
        column = task * _STRIP
        length = min(_STRIP, outputs - column)
        pack(w.reshape(-1), depth * outputs + column, length, strip, _STEP)
        for start in range(0, images, _MANY):
            own = rows[: images - start]
            given, made = block * _DEPTH + (start + own) * width, (block * _MANY + own) * _STEP
            product(x.reshape(-1), given, strip, packed, sums, made, length)
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


@kernel
def turned_over(w, rows, length):
    """w (inputs, outputs) turned over, filled up with zeros to so many rows of this length."""
    turned = np.zeros((rows, length), w.dtype)
    transpose(w.reshape(-1), 0, w.shape[1], len(w), w.shape[1], turned.reshape(-1), 0, length)
    return turned


@kernel
def _narrow(call, x, turned, b, y):
    (images, length), outputs = x.shape, len(b)
    rows, columns = np.arange(_MANY), (np.arange(len(turned)) * length).reshape(1, -1)
    sums = np.empty((_MANY, len(turned)), x.dtype)
    for task in drawn(call):
        first = task * _MANY
        own = (np.minimum(first + rows, images - 1) * length).reshape(1, -1)
        sums[:] = 0
        add_dot_products(x.reshape(-1), own, turned.reshape(-1), columns, sums.reshape(-1), rows * len(turned), length)
        for n in range(min(_MANY, images - first)):
            for j in range(outputs):
                y[first + n, j] = sums[n, j] + b[j]


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs).

    A task is a strip of columns; for a single image some of the rows of w, whose sums are then added up.
    """
    (inputs, outputs), y = w.shape, empty((len(x), w.shape[1]), x.dtype)
    if len(x) == 1:
        sums = np.empty(PARTS * outputs, x.dtype)
        share(_one, PARTS, x[0], w, sums, work=w.size * _FROM_MEMORY)
        total_row(sums, 0, b, y[0])
    elif outputs < NARROW:
        whole = np.pad(x, ((0, 0), (0, -inputs % _VECTOR))) if inputs % _VECTOR else x
        turned = turned_over(w, outputs + -outputs % 3, whole.shape[1])
        share(_narrow, -(-len(x) // _MANY), whole, turned, b, y, work=w.size * len(x))
    elif len(x) < _MANY or inputs < _DEPTH:
        share(_few, -(-outputs // _LONG_STRIP), x, w, b, y, work=max(len(x), _FROM_MEMORY) * w.size)
    else:
        whole = x if inputs % _DEPTH == 0 else np.pad(x, ((0, 0), (0, -inputs % _DEPTH)))
        share(_many, -(-outputs // _STRIP), whole, w, b, y, work=len(x) * w.size)
    return y
