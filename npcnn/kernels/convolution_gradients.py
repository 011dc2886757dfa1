"""The gradients of a convolution, place by place of the pooling window, on images laid out by ``windows.py``.

At one place, all channels of an output see the same window of the image. So dw is a product of matrices, those windows
by the gradients of all channels, and dx another, the gradients by the weights. Where pooling follows, a gradient counts
only at the place of its maximum and is 0 elsewhere; ``sparse_gradients.py`` leaves out these zeros.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.arithmetic import where_equal
from npcnn.kernels.blocks import add_products, block_at, filled, spread_at, starts_at, store_block
from npcnn.kernels.chunks import CHUNKS
from npcnn.kernels.compile import kernel
from npcnn.kernels.tickets import drawn
from npcnn.kernels.transpose import transpose
from npcnn.kernels.vectors import aligned_zeros, broadcast, lanes, load, multiply_add, store
from npcnn.kernels.windows import COLUMNS, ROWS, lay_out, take_back, whole_vectors

_NEAR = 8 // CHUNKS
"""Outputs that make a block with so many chunks."""


@kernel
def before_elu(dy, y, active, alpha, n, gradient, db):
    """Of image n the gradients (OC, outputs) before the ELU, if one is active; adds the sums over outputs to db."""
    channels, count = np.uintp(dy.shape[1]), np.uintp(dy.shape[2] * dy.shape[3])
    given, values, one = dy[n].reshape(-1), y[n].reshape(-1), dy.dtype.type(1)
    for o in range(channels):
        channel_sum = dy.dtype.type(0)
        for m in range(o * count, (o + np.uintp(1)) * count):
            slope = one if not active or values[m] > 0 else values[m] + alpha
            gradient[m] = given[m] * slope
            channel_sum += gradient[m]
        db[o] += channel_sum


@kernel
def _add_weight_gradients(gradient, maxima, image, windows, dw):
    """``dw[v, tap, o] += sum_d sum_m gradient[m, v, o] * image[outputs[m] + places[d] + taps[tap]]``.

    v counts rows of channels as wide as a block, o the channels in such a row. Unless maxima (outputs, v, o) is empty,
    place d counts only where the maximum is. There are whole blocks of taps.
    """
    outputs, _, places, taps = windows
    number, sums, width = image.dtype.type, dw.reshape(-1), np.uintp(dw.shape[2])
    pixel = np.uintp(len(dw)) * width
    count, zero = np.uintp(len(gradient)) // pixel, filled(broadcast(number(0)), 1, COLUMNS)
    for v in range(len(dw)):
        for t in range(0, len(taps), ROWS):
            under_taps, block = starts_at(taps, t, ROWS), np.uintp(v * len(taps) + t) * width
            s = block_at(sums, block, ROWS, COLUMNS)
            for m in range(count):
                place, seen = m * pixel + np.uintp(v) * width, outputs[m]
                row = block_at(gradient, place, 1, COLUMNS)
                if len(maxima):
                    where = block_at(maxima, place, 1, COLUMNS)
                    for d in range(len(places)):
                        here = where_equal(where, filled(broadcast(number(d)), 1, COLUMNS), row, zero)
                        s = add_products(s, spread_at(image, under_taps, seen + places[d]), here)
                else:
                    s = add_products(s, spread_at(image, under_taps, seen), row)
            store_block(sums, block, s)


@kernel
def _add_input_gradients(gradient, channels, pixel, w, outputs, count, chunks, image):
    """``image[outputs[m] + chunks[j]] += sum_o gradient[m, o] * w[o, j]``, a vector for each m and j; no pooling."""
    one, columns = lanes(image), len(chunks)
    sums, unity = aligned_zeros(_NEAR * CHUNKS * one, image), broadcast(image.dtype.type(1))
    for first in range(0, count, _NEAR):
        rows = starts_at(np.minimum(np.arange(first, first + _NEAR), count - 1) * pixel, 0, _NEAR)
        for j in range(0, columns, CHUNKS):
            s = filled(broadcast(image.dtype.type(0)), _NEAR, CHUNKS)
            for o in range(np.uintp(channels)):
                weights = np.uintp(j) + o * np.uintp(columns)
                s = add_products(s, spread_at(gradient, rows, o), block_at(w, weights * one, 1, CHUNKS))
            store_block(sums, 0, s)
            for i in range(min(_NEAR, count - first)):
                for k in range(CHUNKS):
                    place = np.uintp(outputs[first + i] + chunks[j + k])
                    value = load(sums, np.uintp(i * CHUNKS + k) * one)
                    store(image, place, multiply_add(unity, value, load(image, place)))


@kernel
def backward(call, dy, y, argmax, active, alpha, x, w, canvas, windows, chunks, dx, dw, db):
    """A part of the images a task: their dx, and their own sums of dw and db.

    dx, or dw with db, may be empty: it is then not computed; dx must be if there is pooling. w is arranged by
    ``chunks``, dw (parts, ...) as by ``_add_weight_gradients``. argmax is empty if there is no pooling.
    """
    (images, channels), outputs, parts = dy.shape[:2], dy.shape[2] * dy.shape[3], len(db)
    pixel, size = whole_vectors(channels), channels * outputs
    numbers, gradient = np.empty(size, dy.dtype), aligned_zeros(outputs * pixel, dy)
    maxima = aligned_zeros(gradient.size if len(argmax) else 0, dy)
    image, image_gradient = aligned_zeros(canvas.size, dy), aligned_zeros(canvas.size if dx.size else 0, dy)
    for part in drawn(call):
        dw[part], db[part] = 0, 0
        for n in range(part * images // parts, (part + 1) * images // parts):
            before_elu(dy, y, active, alpha, n, numbers, db[part])
            transpose(numbers, 0, outputs, channels, outputs, gradient, 0, pixel)
            if len(argmax):
                places = argmax[n].reshape(-1)
                for i in range(np.uintp(size)):
                    numbers[i] = places[i]
                transpose(numbers, 0, outputs, channels, outputs, maxima, 0, pixel)
            if dw.size:
                lay_out(x.reshape(-1), n * x[0].size, x.shape[1:], image, canvas, 0, x.shape[2])
                _add_weight_gradients(gradient, maxima, image, windows, dw[part])
            if dx.size:
                image_gradient[:] = 0
                _add_input_gradients(
                    gradient, channels, pixel, w.reshape(-1), windows.outputs, outputs, chunks, image_gradient
                )
                take_back(image_gradient, canvas, dx.reshape(-1), n * dx[0].size, dx.shape[1:])
