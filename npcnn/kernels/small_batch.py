"""Matrix products for small batches: reading the weights dominates, so they are read once, in order, not packed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.gemm import PARTS
from npcnn.kernels.simd.tiles import (
    broadcast_load,
    filled_tile,
    load_row,
    load_rows,
    load_tile,
    outer_product_fma,
    store_rows,
    store_tile,
)
from npcnn.kernels.simd.vectors import horizontal_sum, lanes, load, splat
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import launch

MEMORY_WORK = 4
"""Multiply-adds that take about as long as reading an element from memory."""


@inlined
def _add_four_rows(x, x_starts, w, w_start, columns, y, y_starts):
    """``y[y_starts[n] + j] += sum_i x[x_starts[n] + i] * w[w_start + i * columns + j]``, i below 4, j below columns.

    x, w and y: flat arrays. x_starts and y_starts: tuples of as many indices as there are images, one or two.
    """
    columns, width = unsigned(columns), lanes(w)
    w0 = unsigned(w_start)
    w1, w2, w3 = w0 + columns, w0 + columns * unsigned(2), w0 + columns * unsigned(3)
    # Four elements of each image, broadcast to vectors, stay in registers.
    x0, x1 = broadcast_load(x, x_starts, 0), broadcast_load(x, x_starts, 1)
    x2, x3 = broadcast_load(x, x_starts, 2), broadcast_load(x, x_starts, 3)
    j = unsigned(0)
    while j + width <= columns:
        # A vector of each of the four rows of w, which come from memory in order, serves all images. The sums, one
        # vector an image, are loaded and stored only once for them.
        sums = outer_product_fma(load_rows(y, y_starts, j, 1), x0, load_tile(w, w0 + j, 1, 1))
        sums = outer_product_fma(sums, x1, load_tile(w, w1 + j, 1, 1))
        sums = outer_product_fma(sums, x2, load_tile(w, w2 + j, 1, 1))
        store_rows(y, y_starts, j, outer_product_fma(sums, x3, load_tile(w, w3 + j, 1, 1)))
        j += width
    while j < columns:  # the columns that fill no vector
        for n in range(len(x_starts)):
            for i in range(4):
                y[unsigned(y_starts[n]) + j] += x[x_starts[n] + i] * w[w0 + unsigned(i) * columns + j]
        j += unsigned(1)


@kernel
def _partial_product(part, x, w, partials):
    """One of the ``PARTS`` products that add up to ``x w``: of a part of the columns of x and the same rows of w.

    x (images, inputs), w (inputs, outputs). partials: flat, of shape (PARTS, images, outputs).
    """
    (images, inputs), outputs, x_flat, w_flat = x.shape, w.shape[1], x.reshape(-1), w.reshape(-1)
    first, last, target = inputs * part // PARTS, inputs * (part + 1) // PARTS, part * images * outputs
    partials[target : target + images * outputs] = 0
    whole = last - (last - first) % 4
    for i in range(first, whole, 4):
        # The four rows of w stay in the L1 cache while two images at a time are multiplied with them.
        for n in range(0, images - 1, 2):
            x_start, y_start = n * inputs + i, target + n * outputs
            x_starts, y_starts = (x_start, x_start + inputs), (y_start, y_start + outputs)
            _add_four_rows(x_flat, x_starts, w_flat, i * outputs, outputs, partials, y_starts)
        if images % 2 == 1:
            x_start, y_start = (images - 1) * inputs + i, target + (images - 1) * outputs
            _add_four_rows(x_flat, (x_start,), w_flat, i * outputs, outputs, partials, (y_start,))
    for i in range(whole, last):
        for n in range(images):
            for j in range(unsigned(outputs)):
                partials[unsigned(target + n * outputs) + j] += x[n, i] * w_flat[unsigned(i * outputs) + j]


@kernel
def _sum_partial_products(partials, b, y):
    """``y = b + sum_p partials[p]``: y (N, outputs), b (outputs,), partials as in ``_partial_product``."""
    images, outputs = y.shape
    for n in range(images):
        for j in range(outputs):
            y[n, j] = b[j]
        for part in range(PARTS):
            row = unsigned((part * images + n) * outputs)
            for j in range(unsigned(outputs)):
                y[n, j] += partials[row + j]


@kernel
def _partial_products(call, x, w, partials):
    """``_partial_product``, with the same arguments, for the tasks of ``call``: a part each."""
    for part in next_tasks(call):
        _partial_product(part, x, w, partials)


def matmul_small_batch(x: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """``x w + b``: x (N, inputs), w (inputs, outputs), b (outputs,)."""
    y = empty((len(x), len(b)), x.dtype)
    partials = empty((PARTS * y.size,), x.dtype)
    launch(_partial_products, PARTS, x, w, partials, work=w.size * max(len(x), MEMORY_WORK))
    _sum_partial_products(partials, b, y)
    return y


@kernel
def multiply_transposed(a, b, first, last, c):
    """``c[n, m] = sum_k a[n, k] * b[m, k]`` for m from first to last.

    a (rows, depth), b (columns, depth), c (rows, columns). A tile is four rows of b by two of a; where fewer are left,
    the last one is repeated.
    """
    (rows, depth), width, a_flat, b_flat, end = a.shape, lanes(a), a.reshape(-1), b.reshape(-1), last - 1
    whole, sums = unsigned(depth) - unsigned(depth) % width, np.empty(8 * np.intp(width), a.dtype)
    for m in range(first, last, 4):
        b_starts = (m * depth, min(m + 1, end) * depth, min(m + 2, end) * depth, min(m + 3, end) * depth)
        for n in range(0, rows, 2):
            a_starts, k = (n * depth, min(n + 1, rows - 1) * depth), unsigned(0)
            # Eight vectors of sums in registers: lane l of each adds up the products of the k with k % width = l.
            tile = filled_tile(splat(a.dtype.type(0)), 4, 2)
            while k < whole:
                # A vector of each of the four rows of b, which come from memory in order, and of the two rows of a.
                tile = outer_product_fma(tile, load_rows(b_flat, b_starts, k, 1), load_row(a_flat, a_starts, k))
                k += width
            store_tile(sums, 0, tile)
            for i in range(min(4, last - m)):
                for j in range(min(2, rows - n)):
                    dot = horizontal_sum(load(sums, unsigned(2 * i + j) * width))
                    for k in range(whole, unsigned(depth)):  # the elements that fill no vector
                        dot += a[n + j, k] * b[m + i, k]
                    c[n + j, m + i] = dot


@kernel
def _multiply_transposed(call, a, b, c):
    """``multiply_transposed``, with the same arguments, for the tasks of ``call``: a part of the rows of b each."""
    for part in next_tasks(call):
        multiply_transposed(a, b, len(b) * part // PARTS, len(b) * (part + 1) // PARTS, c)


def matmul_small_batch_transposed(a: NDArray, b: NDArray) -> NDArray:
    """``a b^T``: a (N, depth), b (columns, depth)."""
    c = empty((len(a), len(b)), a.dtype)
    launch(_multiply_transposed, PARTS, a, b, c, work=b.size * max(len(a), MEMORY_WORK))
    return c
