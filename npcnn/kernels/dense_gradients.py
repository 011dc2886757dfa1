"""The gradients of dense layers: two products of matrices, each cut into strips that the threads share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.kernels.dense import NARROW, dense_forward, turned_over
from npcnn.kernels.matmul import add_dot_products, pack, product
from npcnn.kernels.tickets import drawn
from npcnn.kernels.transpose import transpose
from npcnn.kernels.vectors import copy
from npcnn.memory import empty
from npcnn.threads import share

_ROWS = 60
"""Rows of w a task in backward: whole blocks of both products, by threes and by fours."""

_STRIP = 48
"""Columns of the narrowest strip: whole blocks of ``product``."""

_VECTOR = 16
"""The most numbers that a vector holds."""

_IN_CACHE = 40_000
"""Numbers of a packed strip that leave room for more in a second-level cache of 512 KiB."""


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
    if outputs < NARROW <= inputs:
        return dense_forward(dy, turned_over(w, outputs, inputs), np.zeros(inputs, w.dtype))
    dx = empty((images + -images % 4, inputs + -inputs % 3), dy.dtype)  # whole blocks
    missing = -outputs % _VECTOR
    if missing:
        dy, w = np.pad(dy, ((0, 0), (0, missing))), np.pad(w, ((0, 0), (0, missing)))
    share(_backward_input, -(-inputs // _ROWS), dy, w, dx, work=images * w.size)
    return np.ascontiguousarray(dx[:images, :inputs])


@kernel
def _backward_weights(call, dy, x, dw):
    (images, outputs), inputs = dy.shape, x.shape[1]
    gradients, numbers, depth = dy.reshape(-1), np.empty(_ROWS * images, x.dtype), np.arange(images)
    # As wide a strip as the cache holds: dw is then written in long runs.
    wide = max(_IN_CACHE // (max(images, 1) * _STRIP), 1) * _STRIP
    step = wide + _VECTOR
    strip, products = np.empty(images * step, dy.dtype), np.empty(4 * step, dy.dtype)
    pixels, packed = dw.reshape(-1), (depth * step).reshape(1, images)
    for task in drawn(call):
        first = task * _ROWS
        count = min(_ROWS, inputs - first)
        transpose(x.reshape(-1), first, inputs, images, count, numbers, 0, images)
        for column in range(0, outputs, wide):
            length = min(wide, outputs - column)
            pack(gradients, depth * outputs + column, length, strip, step)
            for row in range(0, count, 4):
                rows = np.arange(min(4, count - row)).reshape(1, -1)
                product(numbers, (row + rows) * images, strip, packed, products, rows * step, length)
                for i in range(rows.size):
                    copy(products, i * step, pixels, (first + row + i) * outputs + column, length)


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy``, (inputs, outputs), and ``db``, the sum of dy over the images; a strip of rows a task."""
    dw = empty((x.shape[1], dy.shape[1]), dy.dtype)
    share(_backward_weights, -(-len(dw) // _ROWS), dy, x, dw, work=len(x) * dw.size)
    return dw, dy.sum(axis=0)
