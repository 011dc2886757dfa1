"""The gradients of a convolution with pooling and ELU behind it, with channels side by side (see ``windows.py``).

Only the place of each maximum has a gradient, so all but one place of a pooling window cost nothing: of a window of 2x2
that leaves a quarter of the forward pass's work. An output's window on the image begins at that place, and a vector
holds numbers that lie side by side in it: columns and channels of one row of the kernel, a chunk (see ``chunks.py``).
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.compile import inlined, kernel
from npcnn.kernels.tickets import drawn
from npcnn.kernels.vectors import aligned_zeros, broadcast, lanes, load, multiply_add, store
from npcnn.kernels.windows import lay_out, take_back

_NEAR = 32
"""Outputs that a step takes: the part of the image that they see stays in the first-level cache."""


@kernel
def _gradients(dy, y, argmax, active, alpha, n, outputs, places, gradient, starts, db):
    """Of image n the gradients (OC, outputs) before pooling, and where the windows begin that they belong to.

    Adds the sums over each channel's outputs to db.
    """
    channels, count = dy.shape[1], np.uintp(dy.shape[2] * dy.shape[3])
    gradients, values, maxima, one = dy.reshape(-1), y.reshape(-1), argmax.reshape(-1), dy.dtype.type(1)
    for o in range(channels):
        first, row, channel_sum = np.uintp((n * channels + o) * count), np.uintp(o * count), dy.dtype.type(0)
        for m in range(count):
            value = values[first + m]
            slope = one if not active or value > 0 else value + alpha
            gradient[row + m] = gradients[first + m] * slope
            channel_sum += gradient[row + m]
        db[o] += channel_sum
        if len(argmax):
            for m in range(count):
                starts[row + m] = outputs[m] + places[maxima[first + m]]
        else:
            starts[row : row + count] = outputs[:count]


@kernel
def _add_weight_gradients(gradient, starts, channels, image, chunks, dw):
    """``dw[o, j] += sum_m gradient[o, m] * image[starts[o, m] + chunks[j]]``, a vector for each o and j.

    Four channels and two chunks at a time. dw has whole fours and twos; its rows that no channel has repeat the last.
    """
    one, outputs, columns = lanes(image), len(gradient) // channels, len(chunks)
    for o in range(0, channels, 4):
        g0, g1 = np.uintp(o * outputs), np.uintp(min(o + 1, channels - 1) * outputs)
        g2, g3 = np.uintp(min(o + 2, channels - 1) * outputs), np.uintp(min(o + 3, channels - 1) * outputs)
        for j in range(0, columns, 2):
            c, d = np.uintp(chunks[j]), np.uintp(chunks[j + 1])
            s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = broadcast(image.dtype.type(0))
            for m in range(np.uintp(outputs)):
                x, p = broadcast(gradient[g0 + m]), np.uintp(starts[g0 + m])
                s00, s01 = multiply_add(x, load(image, p + c), s00), multiply_add(x, load(image, p + d), s01)
                x, p = broadcast(gradient[g1 + m]), np.uintp(starts[g1 + m])
                s10, s11 = multiply_add(x, load(image, p + c), s10), multiply_add(x, load(image, p + d), s11)
                x, p = broadcast(gradient[g2 + m]), np.uintp(starts[g2 + m])
                s20, s21 = multiply_add(x, load(image, p + c), s20), multiply_add(x, load(image, p + d), s21)
                x, p = broadcast(gradient[g3 + m]), np.uintp(starts[g3 + m])
                s30, s31 = multiply_add(x, load(image, p + c), s30), multiply_add(x, load(image, p + d), s31)
            place, step = np.uintp(o * columns + j) * one, np.uintp(columns) * one
            _add(dw, place, one, s00, s01)
            _add(dw, place + step, one, s10, s11)
            _add(dw, place + step * np.uintp(2), one, s20, s21)
            _add(dw, place + step * np.uintp(3), one, s30, s31)


@inlined
def _add(numbers, place, one, a, b):
    """Add two vectors to the numbers from ``place`` on."""
    unity = broadcast(numbers.dtype.type(1))
    store(numbers, place, multiply_add(unity, a, load(numbers, place)))
    store(numbers, place + one, multiply_add(unity, b, load(numbers, place + one)))


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
def backward(call, dy, y, argmax, active, alpha, x, w, canvas, windows, chunks, dx, dw, db):
    """A part of the images a task: their dx, and their own sums of dw and db.

    dx, or dw with db, may be empty: it is then not computed. w and dw (parts, ...) are arranged by ``chunks``.
    """
    (images, channels), outputs, parts = dy.shape[:2], dy.shape[2] * dy.shape[3], len(db)
    gradient, starts = np.empty(channels * outputs, dy.dtype), np.empty(channels * outputs, np.int32)
    first_seen, places = windows.outputs.astype(np.int32), windows.places.astype(np.int32)
    image, image_gradient = aligned_zeros(canvas.size, dy), aligned_zeros(canvas.size if dx.size else 0, dy)
    for part in drawn(call):
        dw[part], db[part] = 0, 0
        for n in range(part * images // parts, (part + 1) * images // parts):
            _gradients(dy, y, argmax, active, alpha, n, first_seen, places, gradient, starts, db[part])
            if dw.size:
                lay_out(x.reshape(-1), n * x[0].size, x.shape[1:], image, canvas, 0, x.shape[2])
                _add_weight_gradients(gradient, starts, channels, image, chunks, dw[part].reshape(-1))
            if dx.size:
                image_gradient[:] = 0
                _add_input_gradients(gradient, starts, channels, w.reshape(-1), chunks, image_gradient)
                take_back(image_gradient, canvas, dx.reshape(-1), n * dx[0].size, dx.shape[1:])
