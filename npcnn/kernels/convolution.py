"""Convolution, and the pooling and ELU behind it, as products of matrices whose rows are windows on one row of pixels.

The padded images of a group are laid end to end, row after row, in one flat array (see ``phases.py``, which also takes
any stride out). Under a kernel tap (k, l) the outputs then see that same array, shifted: the patches need no copying,
and the inner loop runs over a whole image at once. Where a row ends the window sees pixels of the next one; these few
results are dropped.

Pooling and ELU follow while a group's outputs lie in the cache: before pooling they never reach the memory. A plain
convolution is the same with a pooling window of one pixel and without ELU.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.arithmetic import larger
from npcnn.kernels.compile import kernel
from npcnn.kernels.elu import elu
from npcnn.kernels.matmul import BEHIND, add_dot_products, padded, product
from npcnn.kernels.phases import exchange, gradient_row, grid_of, grid_plane, last_output
from npcnn.kernels.tickets import drawn
from npcnn.kernels.vectors import broadcast, copy, lanes, load, store

_STRIP = 48
"""Columns that product, pooling and ELU take at a time, so that each finds them in the first-level cache: whole blocks
of ``product``."""

_STEP = _STRIP + 16
"""From one row of a strip to the next."""


@kernel
def scratch_size(channels, layout):
    """Numbers of scratch that ``convolve`` needs: products of a strip, and the results of a group."""
    return len(layout.windows) * channels * _STEP, channels * padded(last_output(layout.geometry))


@kernel
def _finish(strip, channels, count, active, alpha, width, results, places, place, row):
    """Of each channel's products on a strip the largest, and its place, then the ELU; ``row`` apart in the results."""
    one, number, zero = lanes(strip), strip.dtype.type, strip.dtype.type(0)
    alphas, precise = broadcast(alpha), strip.itemsize > 4
    for o in range(channels):
        start, target = np.uintp(o * _STEP), np.uintp(place + o * row)
        p = np.uintp(0)
        while p < np.uintp(width):
            best, which = load(strip, start + p), broadcast(zero)
            for d in range(1, count):
                value = load(strip, start + p + np.uintp(d * channels * _STEP))
                which = larger(value, best, broadcast(number(d)), which)
                best = larger(value, best, value, best)
            store(results, target + p, elu(best, alphas, precise) if active else best)
            if len(places):
                store(places, target + p, which)
            p += one


@kernel
def convolve(part, start, laid, w, b, layout, active, alpha, y, argmax, strip, results, places):
    """Convolution, pooling and ELU of one group of laid out images into y (N, OC, OH, OW); or a part of that.

    part: first and last channel, first and last row. The images are those from ``start`` on. ``argmax`` is written
    unless it is empty; the rest is scratch, places then empty too.
    """
    geometry, (count, depth) = layout.geometry, layout.windows.shape
    images, channels, (rows, pitch) = len(y), y.shape[1], geometry.size
    output_height, output_width = geometry.output_size
    first, last, top, bottom = part
    own, length = np.arange(last - first), last_output(geometry)
    row, end = padded(length), length - (output_height - bottom) * pitch
    pixels, argmaxes = y.reshape(-1), argmax.reshape(-1)
    products = np.arange(count).reshape(count, 1)
    weights = (products * 0 + first + own) * depth
    targets = (products * len(own) + own) * _STEP
    for column in range(top * pitch, end, _STRIP):
        width = min(_STRIP, end - column)
        product(w, weights, laid, layout.windows, b[first:], strip, targets - column, column, column + width)
        _finish(strip, len(own), count, active, alpha, width, results, places, column, row)
    for g in range(min(geometry.group, images - start)):
        for o in own:
            for i in range(top, bottom):
                line = (((start + g) * channels + first + o) * output_height + i) * output_width
                place = o * row + (g * rows + i) * pitch
                copy(results, place, pixels, line, output_width)
                if len(argmax):
                    copy(places, place, argmaxes, line, output_width)


@kernel
def forward(call, x, w, b, layout, active, alpha, y, argmax):
    """A group of images a task."""
    geometry, (strip_size, size) = layout.geometry, scratch_size(y.shape[1], layout)
    laid, strip = grid_of(x.shape[1], geometry, x.dtype), np.empty(strip_size, x.dtype)
    results, places = np.empty(size, x.dtype), np.empty(size if len(argmax) else 0, np.uint16)
    weights, whole = w.reshape(-1), (0, len(w), 0, y.shape[2])
    for task in drawn(call):
        start = task * geometry.group
        exchange(True, x.reshape(-1), x.shape, start, laid, geometry, 0, geometry.size[0])
        convolve(whole, start, laid, weights, b, layout, active, alpha, y, argmax, strip, results, places)


@kernel
def _lay_out_gradient(dy, y, argmax, active, alpha, start, count, geometry, laid, values, places, db):
    """A group of dy (N, OC, OH, OW), taken back through ELU and pooling: [pooling place, channel, row], the rest zeros.

    Adds the sums over each channel's outputs to db. values and places are scratch, zeros at first: of one image, as it
    lies on its rows. Images that the last group lacks are zeros.
    """
    images, channels, height, width = dy.shape
    rows, pitch = geometry.size
    gradient, outputs, argmaxes = dy.reshape(-1), y.reshape(-1), argmax.reshape(-1)
    row, size, zero, one = gradient_row(geometry), height * width, dy.dtype.type(0), dy.dtype.type(1)
    flat = np.empty(size, dy.dtype)
    for g in range(geometry.group):
        for o in range(channels):
            if start + g < images:
                first, channel_sum = np.uintp(((start + g) * channels + o) * size), zero
                for p in range(np.uintp(size)):
                    slope = one if not active or outputs[first + p] > 0 else outputs[first + p] + alpha
                    flat[p] = gradient[first + p] * slope
                    channel_sum += flat[p]
                db[o] += channel_sum
                for i in range(height):
                    copy(flat, i * width, values, i * pitch, width)
                    if len(argmax):
                        copy(argmaxes, first + np.uintp(i * width), places, i * pitch, width)
            else:
                values[:] = 0
            place = o * row + geometry.front + g * rows * pitch
            for d in range(count):
                target = np.uintp(place + d * channels * row)
                for p in range(np.uintp(height * pitch)):
                    laid[target + p] = values[p] if places[p] == d else zero


@kernel
def by_phase(w, taps):
    """The weights as dx needs them: rows (channel, phase), columns (output channel, tap that falls on the phase)."""
    (output_channels, channels), (phases, most) = w.shape[:2], taps.shape
    flat = w.reshape(output_channels, channels, -1)
    matrix = np.zeros((channels, phases, output_channels, most), w.dtype)
    for o in range(output_channels):
        for c in range(channels):
            for phase in range(phases):
                for i in range(most):
                    if taps[phase, i] < flat.shape[2]:
                        matrix[c, phase, o, i] = flat[o, c, taps[phase, i]]
    return matrix


@kernel
def backward(call, dy, y, argmax, active, alpha, x, matrix, layout, dx, dw, db):
    """A part of the images a task: their dx, and their own sums of dw and db.

    dx, or dw with db, may be empty: it is then not computed. dw (parts, ...) and matrix, the weights as dx needs them,
    have rows and columns that only make whole blocks.
    """
    geometry, (images, channels) = layout.geometry, dy.shape[:2]
    count, row, group, (rows, pitch) = len(layout.windows), gradient_row(geometry), geometry.group, geometry.size
    gradient = np.zeros(count * channels * row + BEHIND, dy.dtype)
    values, places = np.zeros(rows * pitch, dy.dtype), np.zeros(rows * pitch, np.uint16)
    parts, wants_dw, wants_dx = len(db), dw.size > 0, dx.size > 0
    groups = -(-images // group)

    laid = grid_of(x.shape[1] if wants_dw else 0, geometry, dy.dtype)
    # Rows and columns that only make whole blocks repeat the last one.
    own = np.minimum(np.arange(dw.shape[1]), channels - 1)
    starts = (np.arange(count).reshape(count, 1) * channels + own) * row + geometry.front
    windows = layout.windows[:, np.minimum(np.arange(dw.shape[2]), layout.windows.shape[1] - 1)]
    sums = np.arange(dw.shape[1]) * dw.shape[2]

    phases, depth = layout.gradient_windows.shape
    plane = grid_plane(geometry)
    inputs = np.arange(dx.shape[1]) * phases + np.arange(phases).reshape(phases, 1)
    weights, nothing = matrix.reshape(-1), np.zeros(dx.shape[1], dy.dtype)
    products = np.empty(dx.shape[1] * phases * plane if wants_dx else 0, dy.dtype)

    for part in drawn(call):
        for start in range(part * groups // parts * group, (part + 1) * groups // parts * group, group):
            _lay_out_gradient(dy, y, argmax, active, alpha, start, count, geometry, gradient, values, places, db[part])
            if wants_dw:
                exchange(True, x.reshape(-1), x.shape, start, laid, geometry, 0, geometry.size[0])
                length = last_output(geometry)
                add_dot_products(gradient, starts, laid, windows, dw[part].reshape(-1), sums, length)
            if wants_dx:
                length = group * rows * pitch
                product(
                    weights,
                    inputs * depth,
                    gradient,
                    layout.gradient_windows,
                    nothing,
                    products,
                    inputs * plane,
                    0,
                    length,
                )
                dx[start : start + group] = 0
                exchange(False, dx.reshape(-1), dx.shape, start, products, geometry, 0, rows)
