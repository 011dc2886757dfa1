"""Convolution, and the pooling and ELU behind it, with channels side by side (see ``windows.py``).

A vector holds the channels of one output. Each number under the kernel is multiplied with a vector of weights; the
sums, their maximum over the pooling window and its ELU stay in registers, so that nothing but the pooled result is
ever written. A plain convolution is the same with a pooling window of one pixel and without ELU.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.conv2d.layout import TILE_COLUMNS, TILE_ROWS, round_up_to_vector, to_channels_last
from npcnn.kernels.elu import elu
from npcnn.kernels.simd.arithmetic import select_greater
from npcnn.kernels.simd.tiles import (
    broadcast_load,
    filled_tile,
    load_offsets,
    load_tile,
    outer_product_fma,
    repeat_row,
    store_tile,
)
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import aligned_zeros, copy, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks


@kernel
def pack(w, b, taps, packed, place):
    """Weights (OC, taps), flat, as ``convolve`` reads them from ``place`` on.

    For each row of output channels first the biases, then the weights of each tap; channels that only fill up the last
    row weigh nothing.
    """
    width = TILE_COLUMNS * np.intp(lanes(w))
    for start in range(0, len(b), width):
        count = min(width, len(b) - start)
        packed[place : place + (1 + taps) * width] = 0
        packed[place : place + count] = b[start : start + count]
        transpose(w, start * taps, taps, count, taps, packed, place + width, width)
        place += (1 + taps) * width


@kernel
def packed_size(channels, taps, w):
    """Numbers that ``pack`` writes."""
    width = TILE_COLUMNS * np.intp(lanes(w))
    return -(-channels // width) * (1 + taps) * width


@kernel
def units_of(channels, windows, w):
    """How many units there are for ``convolve``."""
    return -(-channels // (TILE_COLUMNS * np.intp(lanes(w)))) * (len(windows.outputs) // TILE_ROWS)


@kernel
def convolve(first, last, image, start, packed, place, windows, active, alpha, adds, y, target, argmax):
    """Units first to last of one image's convolution, pooling and ELU: each is a block of outputs by channels.

    The image begins at ``start``, the packed weights at ``place``, the outputs at ``target``; with ``adds`` they are
    added to what is there. ``argmax``, unless it is None, gets the places of the maxima, where y gets these.
    """
    outputs, targets, places, taps = windows
    one, blocks, depth = lanes(image), len(outputs) // TILE_ROWS, unsigned(len(taps))
    width, number, precise = one * unsigned(TILE_COLUMNS), image.dtype.type, image.itemsize > 4
    alphas, unity, lowest = splat(alpha), splat(number(1)), splat(number(-np.inf))
    maxima = aligned_zeros(TILE_ROWS * width, image)
    for unit in range(first, last):
        v, m = unsigned(unit // blocks), unsigned(unit % blocks * TILE_ROWS)
        bias_place = unsigned(place) + v * (depth + unsigned(1)) * width
        seen, weights = load_offsets(outputs, m, TILE_ROWS), bias_place + width
        largest, which = (
            filled_tile(lowest, TILE_ROWS, TILE_COLUMNS),
            filled_tile(splat(number(0)), TILE_ROWS, TILE_COLUMNS),
        )
        for d in range(len(places)):
            corner, sums = start + places[d], repeat_row(load_tile(packed, bias_place, 1, TILE_COLUMNS), TILE_ROWS)
            for k in range(depth):
                under_tap = broadcast_load(image, seen, corner + taps[k])
                sums = outer_product_fma(sums, under_tap, load_tile(packed, weights + k * width, 1, TILE_COLUMNS))
            if argmax is not None:
                which = select_greater(sums, largest, filled_tile(splat(number(d)), TILE_ROWS, TILE_COLUMNS), which)
            largest = select_greater(sums, largest, sums, largest)
        store_tile(maxima, 0, largest)
        for n in range(unsigned(TILE_ROWS)):
            at = unsigned(target + targets[m + n]) + v * width
            for j in range(unsigned(0), width, one):
                value = load(maxima, n * width + j)
                if active:
                    value = elu(value, alphas, precise)
                store(y, at + j, multiply_add(unity, value, load(y, at + j)) if adds else value)
        if argmax is not None:
            store_tile(maxima, 0, which)
            for n in range(unsigned(TILE_ROWS)):
                copy(maxima, n * width, argmax, unsigned(target + targets[m + n]) + v * width, width)


@kernel
def forward(call, x, packed, canvas, windows, active, alpha, y, argmax):
    """An image a task: x (N, C, H, W) to y and, unless it is empty, argmax (N, OC, OH, OW)."""
    channels, outputs = y.shape[1], y.shape[2] * y.shape[3]
    pixel = round_up_to_vector(channels)
    image, results = aligned_zeros(canvas.size, x), aligned_zeros(outputs * pixel, x)
    which = aligned_zeros(results.size if len(argmax) else 0, x)
    numbers, places = np.empty(channels * outputs if len(argmax) else 0, x.dtype), argmax.reshape(-1)
    shape, units = x.shape[1:], units_of(channels, windows, x)
    for n in next_tasks(call):
        to_channels_last(x.reshape(-1), n * x[0].size, shape, image, canvas, 0, shape[1])
        if len(argmax):
            convolve(0, units, image, 0, packed, 0, windows, active, alpha, False, results, 0, which)
        else:
            convolve(0, units, image, 0, packed, 0, windows, active, alpha, False, results, 0, None)
        transpose(results, 0, pixel, outputs, channels, y.reshape(-1), n * channels * outputs, outputs)
        if len(argmax):
            transpose(which, 0, pixel, outputs, channels, numbers, 0, outputs)
            for i in range(unsigned(numbers.size)):
                places[unsigned(n * numbers.size) + i] = np.uint16(numbers[i])
