"""Dense gradients of a convolution: products of matrices, with the zeros of max-pooling put in by a mask.

    dw[t, o] += sum_m sum_d x[outputs[m] + pool[d] + taps[t]] * (g[m, o] if argmax[m, o] == d else 0)
    dx[outputs[m] + taps[t]] += sum_o g[m, o] * w[o, t]

For dw the mask costs one comparison for many multiply-adds, and output channels fill the lanes even if the image has
only one channel, as the first of a network. dx is needed dense without pooling only, where d = 0 is all there is: its
lanes hold slices of kernel rows, which are added to the image where the window of an output lies.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.conv2d.layout import TILE_COLUMNS, TILE_ROWS
from npcnn.kernels.conv2d.weight_layout import TILE_SLICES
from npcnn.kernels.simd.arithmetic import select_equal
from npcnn.kernels.simd.tiles import broadcast_load, filled_tile, load_offsets, load_tile, outer_product_fma, store_tile
from npcnn.kernels.simd.vectors import aligned_zeros, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import kernel, unsigned

_TILE_OUTPUTS = 8 // TILE_SLICES
"""Outputs in a register tile of dx: as many as give it eight vectors."""


@kernel
def add_masked_dw(gradient, argmax, image, windows, dw):
    """Add the dw of one image.

    gradient: flat (outputs, OC), with OC rounded up to the vector width. argmax: pool index of each maximum, as a float
    and like gradient; empty without pooling. image: padded NHWC buffer of x. windows: its ``WindowOffsets``, with a
    multiple of TILE_ROWS taps. dw: ``ChannelGroups`` (group, tap, channel).
    """
    outputs, _, pool, taps = windows
    dtype, sums, width = image.dtype.type, dw.reshape(-1), unsigned(dw.shape[2])
    pixel_stride, zero = unsigned(len(dw)) * width, filled_tile(splat(image.dtype.type(0)), 1, TILE_COLUMNS)
    count = unsigned(len(gradient)) // pixel_stride
    for group in range(len(dw)):
        for t in range(0, len(taps), TILE_ROWS):
            # Twelve vectors of sums, taps by output channels, stay in registers over all outputs of the image.
            under_taps, first = load_offsets(taps, t, TILE_ROWS), unsigned(group * len(taps) + t) * width
            tile = load_tile(sums, first, TILE_ROWS, TILE_COLUMNS)
            for m in range(count):
                # A row: the gradient of this output, a channel of the group in each lane.
                channels, start = m * pixel_stride + unsigned(group) * width, outputs[m]
                row = load_tile(gradient, channels, 1, TILE_COLUMNS)
                if len(argmax):
                    maxima = load_tile(argmax, channels, 1, TILE_COLUMNS)
                    for d in range(len(pool)):
                        # The mask: only channels that have their maximum at pixel d keep their gradient.
                        index = filled_tile(splat(dtype(d)), 1, TILE_COLUMNS)
                        masked = select_equal(maxima, index, row, zero)
                        # A column: the pixel under each tap, copied to all lanes. Twelve independent multiply-adds.
                        tile = outer_product_fma(tile, broadcast_load(image, under_taps, start + pool[d]), masked)
                else:
                    tile = outer_product_fma(tile, broadcast_load(image, under_taps, start), row)
            store_tile(sums, first, tile)


@kernel
def add_dense_dx(gradient, channels, pixel_stride, w, outputs, slices, image):
    """Add the dx of one image without pooling: ``image[outputs[m] + slices[j]] += sum_o gradient[m, o] * w[o, j]``.

    gradient: flat (outputs, OC), pixel_stride elements from an output to the next. channels: OC. w: flat
    ``KernelRowSlices`` (channel, slice, lane). outputs (M,): where the window of each output begins. slices (S,):
    offsets of the slices. image: padded NHWC buffer of dx.
    """
    one, count, columns = lanes(image), len(outputs), len(slices)
    starts = np.empty(_TILE_OUTPUTS, np.int64)
    sums, ones = aligned_zeros(_TILE_OUTPUTS * TILE_SLICES * np.intp(one), image), splat(image.dtype.type(1))
    for first in range(0, count, _TILE_OUTPUTS):
        # Where the gradients of the outputs begin; the last output is repeated to fill the tile, but not added again.
        for i in range(_TILE_OUTPUTS):
            starts[i] = min(first + i, count - 1) * pixel_stride
        rows = load_offsets(starts, 0, _TILE_OUTPUTS)
        for j in range(0, columns, TILE_SLICES):
            # Eight vectors of sums, outputs by slices, stay in registers over all output channels.
            tile = filled_tile(splat(image.dtype.type(0)), _TILE_OUTPUTS, TILE_SLICES)
            for o in range(unsigned(channels)):
                # A row: four slices of the filter. A column: the gradient of each output, copied to all lanes.
                weights = load_tile(w, (unsigned(j) + o * unsigned(columns)) * one, 1, TILE_SLICES)
                tile = outer_product_fma(tile, broadcast_load(gradient, rows, o), weights)
            # Windows of neighbouring outputs overlap, so the sums are added to the image one output after the other.
            store_tile(sums, 0, tile)
            for i in range(min(_TILE_OUTPUTS, count - first)):
                for k in range(TILE_SLICES):
                    pixel = unsigned(outputs[first + i] + slices[j + k])
                    value = load(sums, unsigned(i * TILE_SLICES + k) * one)
                    store(image, pixel, multiply_add(ones, value, load(image, pixel)))
