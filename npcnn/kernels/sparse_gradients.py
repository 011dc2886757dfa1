"""The gradients of a convolution with pooling behind it, of the maxima only (see ``convolution_gradients.py``).

Only the place of each maximum has a gradient, so all but one place of a pooling window cost nothing: of a window of
2x2 that leaves a quarter of the work. Each output of each channel then has a window of its own on the image, which
begins at that place. A vector holds numbers that lie side by side in it: columns and channels of one row of the kernel,
a chunk (see ``chunks.py``).
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.blocks import add_products, block_at, side_by_side, spread_at, starts_at, store_block
from npcnn.kernels.chunks import CHANNELS, CHUNKS
from npcnn.kernels.compile import kernel
from npcnn.kernels.convolution_gradients import before_elu
from npcnn.kernels.tickets import drawn
from npcnn.kernels.vectors import aligned_zeros, broadcast, lanes, load, multiply_add, store
from npcnn.kernels.windows import lay_out, take_back

_NEAR = 32
"""Outputs that a step takes: the part of the image that they see stays in the first-level cache."""


@kernel
def _windows_of_maxima(argmax, n, outputs, places, starts):
    """Where the window of each output (OC, outputs) of image n begins at the place of its maximum."""
    count = np.uintp(len(starts) // argmax.shape[1])
    maxima = argmax[n].reshape(-1)
    for o in range(np.uintp(argmax.shape[1])):
        for m in range(count):
            starts[o * count + m] = outputs[m] + places[maxima[o * count + m]]


@kernel
def _add_weight_gradients(gradient, starts, channels, image, chunks, dw):
    """``dw[o, j] += sum_m gradient[o, m] * image[starts[o, m] + chunks[j]]``, a vector for each o and j.

    Two channels and four chunks at a time. dw has whole blocks; its rows that no channel has repeat the last.
    """
    one, outputs, columns = lanes(image), len(gradient) // channels, len(chunks)
    for o in range(0, channels, CHANNELS):
        rows = np.uintp(o * outputs), np.uintp(min(o + 1, channels - 1) * outputs)
        for j in range(0, columns, CHUNKS):
            near, place, step = starts_at(chunks, j, CHUNKS), np.uintp(o * columns + j) * one, np.uintp(columns) * one
            first, second = block_at(dw, place, 1, CHUNKS), block_at(dw, place + step, 1, CHUNKS)
            for m in range(np.uintp(outputs)):
                a, b = spread_at(gradient, rows[:1], m), spread_at(gradient, rows[1:], m)
                first = add_products(first, a, side_by_side(image, near, starts[rows[0] + m]))
                second = add_products(second, b, side_by_side(image, near, starts[rows[1] + m]))
            store_block(dw, place, first)
            store_block(dw, place + step, second)


@kernel
def _add_input_gradients(gradient, starts, channels, w, chunks, image):
    """``image[starts[o, m] + chunks[j]] += gradient[o, m] * w[o, j]``, a vector for each o, m and j."""
    one, outputs, columns = lanes(image), len(gradient) // channels, len(chunks)
    for first in range(0, outputs, _NEAR):
        for j in range(0, columns, 2):
            c, d = np.uintp(chunks[j]), np.uintp(chunks[j + 1])
            for o in range(channels):
                place = np.uintp(o * columns + j) * one
                w0, w1 = load(w, place), load(w, place + one)
                row = o * outputs
                for m in range(np.uintp(row + first), np.uintp(row + min(first + _NEAR, outputs))):
                    x, p = broadcast(gradient[m]), np.uintp(starts[m])
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
    for part in drawn(call):
        dw[part], db[part] = 0, 0
        for n in range(part * images // parts, (part + 1) * images // parts):
            before_elu(dy, y, active, alpha, n, gradient, db[part])
            _windows_of_maxima(argmax, n, windows.outputs, windows.places, starts)
            if dw.size:
                lay_out(x.reshape(-1), n * x[0].size, x.shape[1:], image, canvas, 0, x.shape[2])
                _add_weight_gradients(gradient, starts, channels, image, chunks, dw[part].reshape(-1))
            if dx.size:
                image_gradient[:] = 0
                _add_input_gradients(gradient, starts, channels, w.reshape(-1), chunks, image_gradient)
                take_back(image_gradient, canvas, dx.reshape(-1), n * dx[0].size, dx.shape[1:])
