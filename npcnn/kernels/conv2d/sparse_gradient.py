"""Sparse gradients of a convolution with max-pooling: only the pixel of each maximum has one.

    starts[o, m] = outputs[m] + pool[argmax[m, o]]
    dw[o, t] += sum_m g[m, o] * x[starts[o, m] + taps[t]]
    dx[starts[o, m] + taps[t]] += g[m, o] * w[o, t]

Each output of each channel has a window of its own, so no two channels share what they read. The lanes of a vector hold
a slice of a kernel row instead: neighbouring pixels and their channels, contiguous in a padded NHWC buffer.
"""

from __future__ import annotations

from npcnn.kernels.conv2d.weight_layout import TILE_CHANNELS, TILE_SLICES
from npcnn.kernels.simd.tiles import broadcast_load, load_offsets, load_row, load_tile, outer_product_fma, store_tile
from npcnn.kernels.simd.vectors import lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import kernel, unsigned

_OUTPUTS_PER_PASS = 32
"""Outputs whose dx is added before that of the next ones, so that their windows stay in the L1 cache."""


@kernel
def starts_of_maxima(argmax, outputs, pool, starts):
    """Where the window of each output begins at its maximum: ``starts[o, m] = outputs[m] + pool[argmax[o, m]]``.

    argmax: flat (OC, M), pool indices. outputs (M,) and pool: offsets as in ``WindowOffsets``. starts: flat (OC, M).
    """
    count = unsigned(len(outputs))
    for o in range(unsigned(len(argmax) // len(outputs))):
        for m in range(count):
            starts[o * count + m] = outputs[m] + pool[argmax[o * count + m]]


@kernel
def add_sparse_dw(gradient, starts, channels, image, slices, dw):
    """Add the dw of one image: ``dw[o, j] += sum_m gradient[o, m] * image[starts[o, m] + slices[j]]``.

    gradient: flat (OC, outputs). starts: likewise, from ``starts_of_maxima``. channels: OC. image: padded NHWC buffer
    of x. slices (S,): offsets of the slices. dw: flat ``KernelRowSlices`` (channel, slice, lane).
    """
    one, outputs, columns = lanes(image), len(gradient) // channels, len(slices)
    for o in range(0, channels, TILE_CHANNELS):
        # Two output channels a step; of an odd number, the last one is computed twice, the second time as padding.
        rows = unsigned(o * outputs), unsigned(min(o + 1, channels - 1) * outputs)
        for j in range(0, columns, TILE_SLICES):
            offsets = load_offsets(slices, j, TILE_SLICES)
            index, step = unsigned(o * columns + j) * one, unsigned(columns) * one
            # Four vectors of sums for each channel, eight in all, stay in registers over all outputs of the image.
            first, second = load_tile(dw, index, 1, TILE_SLICES), load_tile(dw, index + step, 1, TILE_SLICES)
            for m in range(unsigned(outputs)):
                # The gradient of this output in each channel, copied to all lanes.
                a, b = broadcast_load(gradient, rows[:1], m), broadcast_load(gradient, rows[1:], m)
                # Times four slices of the window at its maximum, which is another window in each channel.
                first = outer_product_fma(first, a, load_row(image, offsets, starts[rows[0] + m]))
                second = outer_product_fma(second, b, load_row(image, offsets, starts[rows[1] + m]))
            store_tile(dw, index, first)
            store_tile(dw, index + step, second)


@kernel
def add_sparse_dx(gradient, starts, channels, w, slices, image):
    """Add the dx of one image: ``image[starts[o, m] + slices[j]] += gradient[o, m] * w[o, j]``.

    gradient: flat (OC, outputs). starts: likewise, from ``starts_of_maxima``. channels: OC. w: flat ``KernelRowSlices``
    (channel, slice, lane). slices (S,): offsets of the slices. image: padded NHWC buffer of dx.
    """
    one, outputs, columns = lanes(image), len(gradient) // channels, len(slices)
    for first in range(0, outputs, _OUTPUTS_PER_PASS):
        for j in range(0, columns, 2):
            offset0, offset1 = unsigned(slices[j]), unsigned(slices[j + 1])
            for o in range(channels):
                # Two slices of the filter, in registers over the outputs of this pass.
                weights = unsigned(o * columns + j) * one
                w0, w1 = load(w, weights), load(w, weights + one)
                row = o * outputs
                for m in range(unsigned(row + first), unsigned(row + min(first + _OUTPUTS_PER_PASS, outputs))):
                    # The gradient in all lanes, times each slice, is added to the image where this window begins.
                    # The image is stored at once, as the window of the next output may overlap.
                    g, start = splat(gradient[m]), unsigned(starts[m])
                    store(image, start + offset0, multiply_add(g, w0, load(image, start + offset0)))
                    store(image, start + offset1, multiply_add(g, w1, load(image, start + offset1)))
