"""The gradients of a convolution, place by place of the pooling window, on images laid out by ``windows.py``.

At one place, all channels of an output see the same window of the image. So dw is a product of matrices, those windows
by the gradients of all channels, and dx another, the gradients by the weights. Where pooling follows, a gradient counts
only at the place of its maximum and is 0 elsewhere; ``sparse_gradients.py`` leaves out these zeros.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.conv2d.layout import TILE_COLUMNS, TILE_ROWS, round_up_to_vector, to_channels_first, to_channels_last
from npcnn.kernels.conv2d.weight_layout import CHUNKS
from npcnn.kernels.simd.arithmetic import select_equal
from npcnn.kernels.simd.tiles import broadcast_load, filled_tile, load_offsets, load_tile, outer_product_fma, store_tile
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import aligned_zeros, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks

_NEAR = 8 // CHUNKS
"""Outputs that make a block with so many chunks."""


@kernel
def before_elu(dy, y, active, alpha, n, gradient, db):
    """Of image n the gradients (OC, outputs) before the ELU, if one is active; adds the sums over outputs to db."""
    channels, count = unsigned(dy.shape[1]), unsigned(dy.shape[2] * dy.shape[3])
    given, values, one = dy[n].reshape(-1), y[n].reshape(-1), dy.dtype.type(1)
    for o in range(channels):
        channel_sum = dy.dtype.type(0)
        for m in range(o * count, (o + unsigned(1)) * count):
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
    number, sums, width = image.dtype.type, dw.reshape(-1), unsigned(dw.shape[2])
    pixel = unsigned(len(dw)) * width
    count, zero = unsigned(len(gradient)) // pixel, filled_tile(splat(number(0)), 1, TILE_COLUMNS)
    for v in range(len(dw)):
        for t in range(0, len(taps), TILE_ROWS):
            under_taps, block = load_offsets(taps, t, TILE_ROWS), unsigned(v * len(taps) + t) * width
            s = load_tile(sums, block, TILE_ROWS, TILE_COLUMNS)
            for m in range(count):
                place, seen = m * pixel + unsigned(v) * width, outputs[m]
                row = load_tile(gradient, place, 1, TILE_COLUMNS)
                if len(maxima):
                    where = load_tile(maxima, place, 1, TILE_COLUMNS)
                    for d in range(len(places)):
                        here = select_equal(where, filled_tile(splat(number(d)), 1, TILE_COLUMNS), row, zero)
                        s = outer_product_fma(s, broadcast_load(image, under_taps, seen + places[d]), here)
                else:
                    s = outer_product_fma(s, broadcast_load(image, under_taps, seen), row)
            store_tile(sums, block, s)


@kernel
def _add_input_gradients(gradient, channels, pixel, w, outputs, count, chunks, image):
    """``image[outputs[m] + chunks[j]] += sum_o gradient[m, o] * w[o, j]``, a vector for each m and j; no pooling."""
    one, columns = lanes(image), len(chunks)
    sums, unity = aligned_zeros(_NEAR * CHUNKS * one, image), splat(image.dtype.type(1))
    for first in range(0, count, _NEAR):
        rows = load_offsets(np.minimum(np.arange(first, first + _NEAR), count - 1) * pixel, 0, _NEAR)
        for j in range(0, columns, CHUNKS):
            s = filled_tile(splat(image.dtype.type(0)), _NEAR, CHUNKS)
            for o in range(unsigned(channels)):
                weights = unsigned(j) + o * unsigned(columns)
                s = outer_product_fma(s, broadcast_load(gradient, rows, o), load_tile(w, weights * one, 1, CHUNKS))
            store_tile(sums, 0, s)
            for i in range(min(_NEAR, count - first)):
                for k in range(CHUNKS):
                    place = unsigned(outputs[first + i] + chunks[j + k])
                    value = load(sums, unsigned(i * CHUNKS + k) * one)
                    store(image, place, multiply_add(unity, value, load(image, place)))


@kernel
def backward(call, dy, y, argmax, active, alpha, x, w, canvas, windows, chunks, dx, dw, db):
    """A part of the images a task: their dx, and their own sums of dw and db.

    dx, or dw with db, may be empty: it is then not computed; dx must be if there is pooling. w is arranged by
    ``chunks``, dw (parts, ...) as by ``_add_weight_gradients``. argmax is empty if there is no pooling.
    """
    (images, channels), outputs, parts = dy.shape[:2], dy.shape[2] * dy.shape[3], len(db)
    pixel, size = round_up_to_vector(channels), channels * outputs
    numbers, gradient = np.empty(size, dy.dtype), aligned_zeros(outputs * pixel, dy)
    maxima = aligned_zeros(gradient.size if len(argmax) else 0, dy)
    image, image_gradient = aligned_zeros(canvas.size, dy), aligned_zeros(canvas.size if dx.size else 0, dy)
    for part in next_tasks(call):
        dw[part], db[part] = 0, 0
        for n in range(part * images // parts, (part + 1) * images // parts):
            before_elu(dy, y, active, alpha, n, numbers, db[part])
            transpose(numbers, 0, outputs, channels, outputs, gradient, 0, pixel)
            if len(argmax):
                places = argmax[n].reshape(-1)
                for i in range(unsigned(size)):
                    numbers[i] = places[i]
                transpose(numbers, 0, outputs, channels, outputs, maxima, 0, pixel)
            if dw.size:
                to_channels_last(x.reshape(-1), n * x[0].size, x.shape[1:], image, canvas, 0, x.shape[2])
                _add_weight_gradients(gradient, maxima, image, windows, dw[part])
            if dx.size:
                image_gradient[:] = 0
                _add_input_gradients(
                    gradient, channels, pixel, w.reshape(-1), windows.outputs, outputs, chunks, image_gradient
                )
                to_channels_first(image_gradient, canvas, dx.reshape(-1), n * dx[0].size, dx.shape[1:])
