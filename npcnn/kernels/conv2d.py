"""Convolution as products of matrices whose rows are windows onto one long row of pixels.

The padded images of a group are laid end to end, row after row, in one flat array (see ``phases.py``, which also takes
any stride out). Under a kernel tap (k, l) the outputs then see that same array shifted by ``k * pitch + l``: the
patches need no copying, and the inner loop runs over a whole image at once. Where a row ends the window sees pixels of
the next one; these few results are dropped.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.kernels.matmul import BLOCK, CACHE_LINE, add_dot_products, add_product, padded_to_block
from npcnn.kernels.phases import PARTS, Geometry, copy_row, exchange, geometry_of, grid_of
from npcnn.memory import empty
from npcnn.threads import share


@lru_cache(maxsize=256)
def _window_offsets(channels: int, kernel_size: tuple, geometry: Geometry) -> NDArray[np.int64]:
    """Where, on the grid of the phases, the window of each (channel, kernel row, kernel column) starts."""
    (sh, sw), (height, pitch) = geometry.stride, geometry.size
    c, k, l = np.ogrid[:channels, : kernel_size[0], : kernel_size[1]]
    phase = (c * geometry.phases[0] + k % sh) * geometry.phases[1] + l % sw
    offsets = phase * (geometry.group * height * pitch) + k // sh * pitch + l // sw
    return np.pad(offsets.ravel(), (0, -offsets.size % BLOCK))


@kernel
def _lay_out_gradient(dy, start, front, geometry, laid):
    """A group of dy (N, OC, OH, OW) into zeros on the grid of the phases: flat, OC rows of (front + grid)."""
    images, channels, output_height, output_width = dy.shape
    rows, pitch = geometry.size
    length = front + geometry.group * rows * pitch
    gradient = dy.reshape(-1)
    if images - start < geometry.group:
        laid[:] = 0
    for o in range(channels):
        for g in range(min(geometry.group, images - start)):
            for i in range(output_height):
                line = (((start + g) * channels + o) * output_height + i) * output_width
                place = o * length + front + (g * rows + i) * pitch
                copy_row(gradient, line, 1, laid, place, 1, output_width)


@kernel
def _last_output(output_height, output_width, geometry):
    """One past the place of a group's last output on the grid of the phases."""
    rows, pitch = geometry.size
    return (geometry.group - 1) * rows * pitch + (output_height - 1) * pitch + output_width


@kernel
def _row_starts(rows, length):
    """Where the rows of a flat array start, when each is padded to a whole number of cache lines."""
    return np.arange(rows) * (-(-length // CACHE_LINE) * CACHE_LINE)


@kernel
def _forward(first, last, x, matrix, b, offsets, y, geometry):
    images, channels, output_height, output_width = y.shape
    rows, pitch = geometry.size
    length = _last_output(output_height, output_width, geometry)
    starts = _row_starts(len(matrix) + 1, length)
    pixels, products = y.reshape(-1), np.empty(starts[-1], x.dtype)
    laid, phase_starts = grid_of(x, geometry)
    for start in range(first * geometry.group, last * geometry.group, geometry.group):
        exchange(True, x.reshape(-1), x.shape, start, laid, phase_starts, geometry)
        for o in range(len(matrix)):
            products[starts[o] : starts[o + 1]] = b[o] if o < channels else 0
        add_product(matrix, laid, offsets, products, starts, length)
        for g in range(min(geometry.group, images - start)):
            for o in range(channels):
                for i in range(output_height):
                    line = (((start + g) * channels + o) * output_height + i) * output_width
                    place = starts[o] + (g * rows + i) * pitch
                    copy_row(products, place, 1, pixels, line, 1, output_width)


def conv2d_forward(x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple) -> NDArray:
    """One product a group of images: the weights (OC, C * KH * KW) times the windows (C * KH * KW, outputs)."""
    (images, channels, height, width), (output_channels, _, *kernel_size) = x.shape, w.shape
    output_height = (height + padding[0] + padding[1] - kernel_size[0]) // stride[0] + 1
    output_width = (width + padding[2] + padding[3] - kernel_size[1]) // stride[1] + 1
    y = empty((images, output_channels, output_height, output_width), x.dtype)
    geometry = geometry_of(images, (output_height, output_width), tuple(kernel_size), stride, padding)
    offsets = _window_offsets(channels, tuple(kernel_size), geometry)
    matrix = padded_to_block(w.reshape(output_channels, -1))
    tasks, work = -(-images // geometry.group), y.size * offsets.size
    share(_forward, tasks, x, matrix, b, offsets, y, geometry, work=work)
    return y


@kernel
def _backward_input(first, last, dy, matrix, offsets, front, dx, geometry):
    length = geometry.group * geometry.size[0] * geometry.size[1]
    starts = _row_starts(len(matrix) + 1, length)
    laid, products = np.zeros(dy.shape[1] * (front + length), dy.dtype), np.empty(starts[-1], dx.dtype)
    for start in range(first * geometry.group, last * geometry.group, geometry.group):
        _lay_out_gradient(dy, start, front, geometry, laid)
        products[:] = 0
        dx[start : start + geometry.group] = 0
        add_product(matrix, laid, offsets, products, starts, length)
        exchange(False, dx.reshape(-1), dx.shape, start, products, starts, geometry)


def conv2d_backward_input(dy: NDArray, w: NDArray, input_size: tuple, stride: tuple, padding: tuple) -> NDArray:
    """Each pixel gathers from the outputs that saw it: a convolution of dy by the kernel turned round.

    The weights become a matrix with a row for each (channel, phase) and a column for each (output channel, tap of that
    phase); the windows lie on dy, and start before the output's own place by as much as the tap was behind it.
    """
    (images, output_channels, *output_size), (_, channels, *kernel_size) = dy.shape, w.shape
    geometry = geometry_of(images, tuple(output_size), tuple(kernel_size), stride, padding)
    (th, tw), (ph, pw), (height, pitch) = geometry.taps, geometry.phases, geometry.size
    missing = [(0, t * p - k) for t, p, k in zip(geometry.taps, geometry.phases, kernel_size, strict=True)]
    taps = np.pad(w, ((0, 0), (0, 0), *missing)).reshape(output_channels, channels, th, ph, tw, pw)
    matrix = np.ascontiguousarray(taps.transpose(1, 3, 5, 0, 2, 4)).reshape(channels * ph * pw, -1)
    front = (th - 1) * pitch + tw - 1
    o, k, l = np.ogrid[:output_channels, :th, :tw]
    offsets = o * (front + geometry.group * height * pitch) + front - k * pitch - l
    offsets = np.pad(offsets.ravel(), (0, -offsets.size % BLOCK))
    dx = empty((images, channels, *input_size), dy.dtype)
    tasks = -(-images // geometry.group)
    work = dy.size * channels * kernel_size[0] * kernel_size[1]
    share(_backward_input, tasks, dy, padded_to_block(matrix), offsets, front, dx, geometry, work=work)
    return dx


@kernel
def _backward_weights(first, last, dy, x, offsets, dw, db, geometry):
    output_channels, output_height, output_width = dy.shape[1:]
    length = _last_output(output_height, output_width, geometry)
    pitch = geometry.group * geometry.size[0] * geometry.size[1]
    starts = np.arange(dw.shape[1]) % output_channels * pitch
    rows = np.arange(dw.shape[1]) * dw.shape[2]
    laid, phase_starts = grid_of(x, geometry)
    gradient = np.zeros(output_channels * pitch, dy.dtype)
    groups = -(-len(x) // geometry.group)
    for part in range(first, last):
        for t in range(part * groups // len(dw), (part + 1) * groups // len(dw)):
            exchange(True, x.reshape(-1), x.shape, t * geometry.group, laid, phase_starts, geometry)
            _lay_out_gradient(dy, t * geometry.group, 0, geometry, gradient)
            for o in range(output_channels):
                db[part, o] += gradient[starts[o] : starts[o] + pitch].sum()
            add_dot_products(gradient, starts, laid, offsets, dw[part].reshape(-1), rows, length)


def conv2d_backward_weights(
    dy: NDArray, x: NDArray, kernel_size: tuple, stride: tuple, padding: tuple
) -> tuple[NDArray, NDArray]:
    """The product of dy (OC, outputs) and the windows (outputs, C * KH * KW), summed over the images in parts."""
    (images, output_channels, *output_size), channels = dy.shape, x.shape[1]
    taps = channels * kernel_size[0] * kernel_size[1]
    geometry = geometry_of(images, tuple(output_size), kernel_size, stride, padding)
    offsets = _window_offsets(channels, kernel_size, geometry)
    parts = min(images, PARTS)
    dw = np.zeros((parts, output_channels + -output_channels % BLOCK, len(offsets)), dy.dtype)
    db = np.zeros((parts, output_channels), dy.dtype)
    share(_backward_weights, parts, dy, x, offsets, dw, db, geometry, work=dy.size * taps)
    dw = dw.sum(axis=0)[:output_channels, :taps]
    return dw.reshape(output_channels, channels, *kernel_size), db.sum(axis=0)
