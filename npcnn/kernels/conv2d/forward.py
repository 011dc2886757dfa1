"""Convolution, max-pooling and ELU in one pass over a padded NHWC buffer (see ``layout.py`` for its offsets).

    y[m, o] = elu(max_d (b[o] + sum_t x[outputs[m] + pool[d] + taps[t]] * w[o, t]))

This is a product of matrices, patches (outputs x taps) by filters (taps x channels), in which the patches are never
copied out of the image. It is computed one register tile at a time: TILE_ROWS outputs by one group of output channels,
a channel in each lane. A step over the taps multiplies one pixel value per output by the weights of that tap. The sums,
and their maximum over the pooling window, stay in registers, so that nothing but the pooled result reaches memory. A
plain convolution has a pooling window of one pixel and no ELU.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d.layout import TILE_COLUMNS, TILE_ROWS, group_width, round_up_to_vector, to_channels_last
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
from npcnn.kernels.simd.vectors import aligned_empty, aligned_zeros, copy, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks


class Epilogue(NamedTuple):
    """What happens to a result before it is written, in this order."""

    add_first: bool  # add it to what is there
    apply_elu: bool
    alpha: float  # of the ELU, in the dtype of the image
    add_last: bool  # add it to what is there


@inlined
def finish(value, epilogue, y, index):
    """Write a vector ``value`` of results to ``y[index]``; epilogue: an ``Epilogue``."""
    one = splat(y.dtype.type(1))
    if epilogue.add_first:
        value = multiply_add(one, value, load(y, index))
    if epilogue.apply_elu:
        value = elu(value, splat(epilogue.alpha), y.itemsize > 4)
    if epilogue.add_last:
        value = multiply_add(one, value, load(y, index))
    store(y, index, value)


def pack_filters(w: NDArray, b: NDArray) -> NDArray:
    """The weights (OC, C, KH, KW) and biases (OC,) as ``convolve`` reads them, ``round_up_to_vector(OC) * (1 + taps)``.

    For each channel group these are its biases, and its weights of each tap. Channels that only fill up the last group
    are zero.
    """
    packed = aligned_zeros(round_up_to_vector(len(b)) * (1 + w[0].size), w)
    _pack(w.reshape(-1), b, w[0].size, packed)
    return packed


@kernel
def _pack(w, b, taps, packed):
    """``pack_filters`` of flat weights w (OC, taps) and b (OC,), into the zeros ``packed``."""
    width = group_width(w)
    for first in range(0, len(b), width):
        count, start = min(width, len(b) - first), first * (1 + taps)
        copy(b, first, packed, start, count)
        transpose(w, first * taps, taps, count, taps, packed, start + width, width)


@kernel
def convolve(channels, image, packed, windows, epilogue, y, argmax):
    """Compute ``channels`` output channels of one image.

    image: padded NHWC buffer of the input. packed: from ``pack_filters``. windows: its ``WindowOffsets``. epilogue: an
    ``Epilogue``. y: padded NHWC buffer of the output. argmax: a buffer like y, which receives the pool index of each
    maximum as a float, or empty.
    """
    outputs, targets, pool, taps = windows
    one, dtype = lanes(image), image.dtype.type
    depth, width = unsigned(len(taps)), one * unsigned(TILE_COLUMNS)
    lowest, finished = splat(dtype(-np.inf)), aligned_empty(TILE_ROWS * np.intp(width), image)
    for group in range(unsigned(-(-channels // np.intp(width)))):
        bias = group * (depth + unsigned(1)) * width
        weights = bias + width
        for m in range(unsigned(0), unsigned(len(outputs)), unsigned(TILE_ROWS)):
            starts = load_offsets(outputs, m, TILE_ROWS)
            largest = filled_tile(lowest, TILE_ROWS, TILE_COLUMNS)
            which = filled_tile(splat(dtype(0)), TILE_ROWS, TILE_COLUMNS)
            for d in range(len(pool)):
                # Twelve vectors of sums, in registers until the last tap; each output begins with the biases.
                sums, pixel = repeat_row(load_tile(packed, bias, 1, TILE_COLUMNS), TILE_ROWS), pool[d]
                for t in range(depth):
                    # A column: the pixel that each output sees under this tap, copied to all lanes.
                    values = broadcast_load(image, starts, pixel + taps[t])
                    # A row: the weights of this tap, next to those of the tap before, so memory is read in sequence.
                    row = load_tile(packed, weights + t * width, 1, TILE_COLUMNS)
                    # Twelve independent multiply-adds, enough to hide the latency of each.
                    sums = outer_product_fma(sums, values, row)
                # Max-pooling, lane by lane, still in registers; pool indices are floats to fit the lanes.
                if len(argmax):
                    which = select_greater(sums, largest, filled_tile(splat(dtype(d)), TILE_ROWS, TILE_COLUMNS), which)
                largest = select_greater(sums, largest, sums, largest)
            # Through a small buffer in the L1 cache, because a loop cannot index the vectors of a tile. ELU is
            # increasing, so it is needed for the maximum only.
            store_tile(finished, 0, largest)
            rows = min(unsigned(TILE_ROWS), unsigned(len(targets)) - m)
            for n in range(rows):
                target = unsigned(targets[m + n]) + group * width
                for j in range(unsigned(0), width, one):
                    finish(load(finished, n * width + j), epilogue, y, target + j)
            if len(argmax):
                store_tile(finished, 0, which)
                for n in range(rows):
                    copy(finished, n * width, argmax, unsigned(targets[m + n]) + group * width, width)


@kernel
def forward(call, x, packed, layout, windows, epilogue, y, argmax):
    """A batch of images, one image per task of ``call``.

    x (N, C, H, W). packed: from ``pack_filters``. layout: of a padded image. windows: its ``WindowOffsets``, with
    outputs that follow each other without padding. epilogue: an ``Epilogue``. y (N, OC, OH, OW). argmax: like y, or
    empty.
    """
    channels, outputs = y.shape[1], y.shape[2] * y.shape[3]
    pixel_stride = round_up_to_vector(channels)
    image, maxima = aligned_zeros(layout.size, packed), aligned_zeros(outputs * pixel_stride, packed)
    which = aligned_zeros(maxima.size if len(argmax) else 0, packed)
    indices, first = np.empty(channels * outputs if len(argmax) else 0, x.dtype), np.intp(0)
    for n in next_tasks(call):
        to_channels_last(x[n].reshape(-1), x.shape[1:], image, layout)
        convolve(channels, image, packed, windows, epilogue, maxima, which)
        transpose(maxima, first, pixel_stride, outputs, channels, y[n].reshape(-1), first, outputs)
        if len(argmax):
            transpose(which, first, pixel_stride, outputs, channels, indices, first, outputs)
            image_argmax = argmax[n].reshape(-1)
            for i in range(unsigned(indices.size)):
                image_argmax[i] = np.uint16(indices[i])
