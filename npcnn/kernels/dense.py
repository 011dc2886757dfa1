"""Dense layers: three products of matrices, each cut into strips that the threads share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.kernels.matmul import BLOCK, add_dot_products, add_product, padded_to_block
from npcnn.memory import empty
from npcnn.threads import share

_COLUMNS = 512
"""Columns of y a task: long enough for the inner loop, with tasks left for a second thread at 1,024 outputs."""

_ROWS = 128
"""Rows of w a task in backward: 128 rows of 1,024 weights fill half of a second-level cache of 1 MiB."""


@kernel
def _forward(first, last, x, w, y):
    inputs, outputs = w.shape
    for strip in range(first * _COLUMNS, min(last * _COLUMNS, outputs), _COLUMNS):
        columns = min(_COLUMNS, outputs - strip)
        w_offsets = np.minimum(np.arange(x.shape[1]), inputs - 1) * outputs + strip
        add_product(x, w.reshape(-1), w_offsets, y.reshape(-1), np.arange(len(y)) * outputs + strip, columns)


def dense_forward(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``y = x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs); a strip of columns a task."""
    rows = padded_to_block(x)
    y = empty((len(rows), w.shape[1]), x.dtype)
    y[:] = b
    share(_forward, -(-w.shape[1] // _COLUMNS), rows, w, y, work=len(x) * w.size)
    return y[: len(x)]


@kernel
def _backward_input(first, last, dy, w, dx):
    inputs, outputs = w.shape
    for strip in range(first * _ROWS, min(last * _ROWS, dx.shape[1]), _ROWS):
        columns = np.arange(strip, min(strip + _ROWS, dx.shape[1]))
        w_offsets = np.minimum(columns, inputs - 1) * outputs
        dy_offsets = np.minimum(np.arange(len(dx)), len(dy) - 1) * outputs
        dx_offsets = np.arange(len(dx)) * dx.shape[1] + strip
        add_dot_products(dy.reshape(-1), dy_offsets, w.reshape(-1), w_offsets, dx.reshape(-1), dx_offsets, outputs)


def dense_backward_input(dy: NDArray, w: NDArray) -> NDArray:
    """``dx = dy w^T``: (N, inputs); both factors are read along their rows, as dot products."""
    images, inputs = len(dy), len(w)
    dx = empty((images + -images % BLOCK, inputs + -inputs % BLOCK), dy.dtype)
    dx[:] = 0
    share(_backward_input, -(-dx.shape[1] // _ROWS), dy, w, dx, work=images * w.size)
    return np.ascontiguousarray(dx[:images, :inputs])


@kernel
def _backward_weights(first, last, dy, x_transposed, dw):
    outputs = dy.shape[1]
    dy_offsets = np.minimum(np.arange(x_transposed.shape[1]), len(dy) - 1) * outputs
    for strip in range(first * _ROWS, min(last * _ROWS, len(dw)), _ROWS):
        rows = np.arange(strip, min(strip + _ROWS, len(dw)))
        dw[strip : strip + _ROWS] = 0
        part = x_transposed[strip : strip + _ROWS]
        add_product(part, dy.reshape(-1), dy_offsets, dw.reshape(-1), rows * outputs, outputs)


def dense_backward_weights(dy: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
    """``dw = x^T dy``, (inputs, outputs), and ``db``, the sum of dy over the images; a strip of rows a task."""
    x_transposed = padded_to_block(np.ascontiguousarray(x.T))
    dw = empty((len(x_transposed), dy.shape[1]), dy.dtype)
    share(_backward_weights, -(-len(dw) // _ROWS), dy, x_transposed, dw, work=len(x) * dw.size)
    return dw[: x.shape[1]], dy.sum(axis=0)
