"""The gradients of a convolution with pooling behind it, of the maxima only (see ``convolution_gradients.py``).

Only the place of each maximum has a gradient, so all but one place of a pooling window cost nothing: of a window of
2x2 that leaves a quarter of the work. Each output of each channel then has a window of its own on the image, which
begins at that place. A vector holds numbers that lie side by side in it: columns and channels of one row of the kernel,
a chunk (see ``chunks.py``).
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.conv2d.layout import to_channels_first, to_channels_last
from npcnn.kernels.conv2d.masked_gradient import before_elu
from npcnn.kernels.conv2d.weight_layout import CHANNELS, CHUNKS
from npcnn.kernels.simd.tiles import broadcast_load, load_offsets, load_row, load_tile, outer_product_fma, store_tile
from npcnn.kernels.simd.vectors import aligned_zeros, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks

_NEAR = 32
"""Outputs that a step takes: the part of the image that they see stays in the first-level cache."""


@kernel
def _windows_of_maxima(argmax, n, outputs, places, starts):
    """Where the window of each output (OC, outputs) of image n begins at the place of its maximum."""
    count = unsigned(len(starts) // argmax.shape[1])
    maxima = argmax[n].reshape(-1)
    for o in range(unsigned(argmax.shape[1])):
        for m in range(count):
            starts[o * count + m] = outputs[m] + places[maxima[o * count + m]]


@kernel
def _add_weight_gradients(gradient, starts, channels, image, chunks, dw):
    """``dw[o, j] += sum_m gradient[o, m] * image[starts[o, m] + chunks[j]]``, a vector for each o and j.

    Two channels and four chunks at a time. dw has whole blocks; its rows that no channel has repeat the last.
    """
    one, outputs, columns = lanes(image), len(gradient) // channels, len(chunks)
    for o in range(0, channels, CHANNELS):
        rows = unsigned(o * outputs), unsigned(min(o + 1, channels - 1) * outputs)
        for j in range(0, columns, CHUNKS):
            near, place, step = (
                load_offsets(chunks, j, CHUNKS),
                unsigned(o * columns + j) * one,
                unsigned(columns) * one,
            )
            first, second = load_tile(dw, place, 1, CHUNKS), load_tile(dw, place + step, 1, CHUNKS)
            for m in range(unsigned(outputs)):
                a, b = broadcast_load(gradient, rows[:1], m), broadcast_load(gradient, rows[1:], m)
                first = outer_product_fma(first, a, load_row(image, near, starts[rows[0] + m]))
                second = outer_product_fma(second, b, load_row(image, near, starts[rows[1] + m]))
            store_tile(dw, place, first)
            store_tile(dw, place + step, second)


@kernel
def _add_input_gradients(gradient, starts, channels, w, chunks, image):
    """``image[starts[o, m] + chunks[j]] += gradient[o, m] * w[o, j]``, a vector for each o, m and j."""
    one, outputs, columns = lanes(image), len(gradient) // channels, len(chunks)
    for first in range(0, outputs, _NEAR):
        for j in range(0, columns, 2):
            c, d = unsigned(chunks[j]), unsigned(chunks[j + 1])
            for o in range(channels):
                place = unsigned(o * columns + j) * one
                w0, w1 = load(w, place), load(w, place + one)
                row = o * outputs
                for m in range(unsigned(row + first), unsigned(row + min(first + _NEAR, outputs))):
                    x, p = splat(gradient[m]), unsigned(starts[m])
                    store(image, p + c, multiply_add(x, w0, load(image, p + c)))
                    store(image, p + d, multiply_add(x, w1, load(image, p + d)))


@kernel
def backward_at_maxima(call, dy, y, argmax, active, alpha, x, w, canvas, windows, chunks, dx, dw, db):
    """A part of the images a task: their dx, and their own sums of dw and db.

    dx, or dw with db, may be empty: it is then not computed. w and dw (parts, ...) are arranged by ``chunks``.
    """
    (images, channels), outputs, parts = dy.shape[:2], dy.shape[2] * dy.shape[3], len(db)
    gradient, starts = np.empty(channels * outputs, dy.dtype), np.empty(channels * outputs, np.int64)
    image, image_gradient = aligned_zeros(canvas.size, dy), aligned_zeros(canvas.size if dx.size else 0, dy)
    for part in next_tasks(call):
        dw[part], db[part] = 0, 0
        for n in range(part * images // parts, (part + 1) * images // parts):
            before_elu(dy, y, active, alpha, n, gradient, db[part])
            _windows_of_maxima(argmax, n, windows.outputs, windows.places, starts)
            if dw.size:
                to_channels_last(x.reshape(-1), n * x[0].size, x.shape[1:], image, canvas, 0, x.shape[2])
                _add_weight_gradients(gradient, starts, channels, image, chunks, dw[part].reshape(-1))
            if dx.size:
                image_gradient[:] = 0
                _add_input_gradients(gradient, starts, channels, w.reshape(-1), chunks, image_gradient)
                to_channels_first(image_gradient, canvas, dx.reshape(-1), n * dx[0].size, dx.shape[1:])
