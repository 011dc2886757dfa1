"""Convolution, and the pooling and ELU behind it, with channels side by side (see ``windows.py``).

A vector holds the channels of one output. Each number under the kernel is multiplied with a vector of weights; the
sums, their maximum over the pooling window and its ELU stay in registers, so that nothing but the pooled result is
ever written. A plain convolution is the same with a pooling window of one pixel and without ELU.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.arithmetic import larger
from npcnn.kernels.compile import kernel
from npcnn.kernels.elu import elu
from npcnn.kernels.tickets import drawn
from npcnn.kernels.transpose import transpose
from npcnn.kernels.vectors import aligned_zeros, broadcast, lanes, load, multiply_add, store
from npcnn.kernels.windows import BLOCK, lay_out, whole_vectors


@kernel
def pack(w, b, taps, packed, place):
    """Weights (OC, taps), flat, as ``convolve`` reads them from ``place`` on.

    For each vector of output channels first the bias, then the weights of each tap; channels that only fill up the last
    vector weigh nothing.
    """
    one = np.intp(lanes(w))
    for start in range(0, len(b), one):
        count = min(one, len(b) - start)
        packed[place : place + (1 + taps) * one] = 0
        packed[place : place + count] = b[start : start + count]
        transpose(w, start * taps, taps, count, taps, packed, place + one, one)
        place += (1 + taps) * one


@kernel
def packed_size(channels, taps, w):
    """Numbers that ``pack`` writes."""
    one = np.intp(lanes(w))
    return -(-channels // one) * (1 + taps) * one


@kernel
def units_of(channels, windows, w):
    """How many units there are for ``convolve``."""
    return -(-channels // np.intp(lanes(w))) * (len(windows.outputs) // BLOCK)


@kernel
def convolve(first, last, image, start, packed, place, windows, active, alpha, adds, y, target, argmax):
    """Units first to last of one image's convolution, pooling and ELU: each is a vector of channels of eight outputs.

    The image begins at ``start``, the packed weights at ``place``, the outputs at ``target``; with ``adds`` they are
    added to what is there. ``argmax``, unless it is empty, gets the places of the maxima, where y gets these.
    """
    outputs, targets, places, taps = windows
    one, blocks, depth = lanes(image), len(outputs) // BLOCK, np.uintp(len(taps))
    alphas, precise, number = broadcast(alpha), image.itemsize > 4, image.dtype.type
    zero, unity, lowest = broadcast(number(0)), broadcast(number(1)), broadcast(number(-np.inf))
    for unit in range(first, last):
        v, m = np.uintp(unit // blocks), np.uintp(unit % blocks * BLOCK)
        m1, m2, m3, m4 = m + np.uintp(1), m + np.uintp(2), m + np.uintp(3), m + np.uintp(4)
        m5, m6, m7 = m + np.uintp(5), m + np.uintp(6), m + np.uintp(7)
        bias_place = np.uintp(place) + v * (depth + np.uintp(1)) * one
        bias, weights = load(packed, bias_place), bias_place + one
        y0 = y1 = y2 = y3 = y4 = y5 = y6 = y7 = lowest
        d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = zero
        for d in range(len(places)):
            seen = start + places[d]
            x0, x1, x2 = np.uintp(seen + outputs[m]), np.uintp(seen + outputs[m1]), np.uintp(seen + outputs[m2])
            x3, x4, x5 = np.uintp(seen + outputs[m3]), np.uintp(seen + outputs[m4]), np.uintp(seen + outputs[m5])
            x6, x7 = np.uintp(seen + outputs[m6]), np.uintp(seen + outputs[m7])
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = bias
            for k in range(depth):
                tap, w = np.uintp(taps[k]), load(packed, weights + k * one)
                s0 = multiply_add(broadcast(image[x0 + tap]), w, s0)
                s1 = multiply_add(broadcast(image[x1 + tap]), w, s1)
                s2 = multiply_add(broadcast(image[x2 + tap]), w, s2)
                s3 = multiply_add(broadcast(image[x3 + tap]), w, s3)
                s4 = multiply_add(broadcast(image[x4 + tap]), w, s4)
                s5 = multiply_add(broadcast(image[x5 + tap]), w, s5)
                s6 = multiply_add(broadcast(image[x6 + tap]), w, s6)
                s7 = multiply_add(broadcast(image[x7 + tap]), w, s7)
            here = broadcast(number(d))
            d0, y0 = larger(s0, y0, here, d0), larger(s0, y0, s0, y0)
            d1, y1 = larger(s1, y1, here, d1), larger(s1, y1, s1, y1)
            d2, y2 = larger(s2, y2, here, d2), larger(s2, y2, s2, y2)
            d3, y3 = larger(s3, y3, here, d3), larger(s3, y3, s3, y3)
            d4, y4 = larger(s4, y4, here, d4), larger(s4, y4, s4, y4)
            d5, y5 = larger(s5, y5, here, d5), larger(s5, y5, s5, y5)
            d6, y6 = larger(s6, y6, here, d6), larger(s6, y6, s6, y6)
            d7, y7 = larger(s7, y7, here, d7), larger(s7, y7, s7, y7)
        offset = np.uintp(target) + v * one
        for n, best, which in (
            (0, y0, d0), (1, y1, d1), (2, y2, d2), (3, y3, d3), (4, y4, d4), (5, y5, d5), (6, y6, d6), (7, y7, d7),
        ):  # fmt: skip
            at = offset + np.uintp(targets[m + np.uintp(n)])
            value = elu(best, alphas, precise) if active else best
            store(y, at, multiply_add(unity, value, load(y, at)) if adds else value)
            if len(argmax):
                store(argmax, at, which)


@kernel
def forward(call, x, packed, canvas, windows, active, alpha, y, argmax):
    """An image a task: x (N, C, H, W) to y and, unless it is empty, argmax (N, OC, OH, OW)."""
    channels, outputs = y.shape[1], y.shape[2] * y.shape[3]
    pixel = whole_vectors(channels)
    image, results = aligned_zeros(canvas.size, x), aligned_zeros(outputs * pixel, x)
    which = aligned_zeros(results.size if len(argmax) else 0, x)
    numbers, places = np.empty(channels * outputs if len(argmax) else 0, x.dtype), argmax.reshape(-1)
    shape, units = x.shape[1:], units_of(channels, windows, x)
    for n in drawn(call):
        lay_out(x.reshape(-1), n * x[0].size, shape, image, canvas, 0, shape[1])
        convolve(0, units, image, 0, packed, 0, windows, active, alpha, False, results, 0, which)
        transpose(results, 0, pixel, outputs, channels, y.reshape(-1), n * channels * outputs, outputs)
        if len(argmax):
            transpose(which, 0, pixel, outputs, channels, numbers, 0, outputs)
            for i in range(np.uintp(numbers.size)):
                places[np.uintp(n * numbers.size) + i] = np.uint16(numbers[i])
