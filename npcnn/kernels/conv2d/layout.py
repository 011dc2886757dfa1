"""Where a convolution, and the pooling behind it, looks on an image that lies in memory with its channels last.

All pixels' channels stand side by side and rows follow each other, padding included. What an output sees is then found
by adding three numbers: where the output's window begins, how much further that of a place of the pooling window
begins, and how much further a tap of the kernel reads. Stride, padding, kernel size and pooling are nothing but these
numbers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import REGISTER_BYTES
from npcnn.reference import output_size
from npcnn.runtime.compile import kernel

TILE_COLUMNS = 64 // REGISTER_BYTES
"""Vectors of channels that are computed at a time: 16 numbers, of float32."""

TILE_ROWS = 8 // TILE_COLUMNS
"""Outputs that are computed at a time: as many as make eight vectors."""

OVERREAD = 32
"""Numbers that may be read and written behind an image: it is handled in whole vectors."""


_VECTOR = 16
"""The most numbers that a vector holds."""


class PaddedLayout(NamedTuple):
    """How an image lies in memory: where its first pixel is, from a row to the next, from a pixel to the next."""

    origin: int
    row: int
    pixel: int
    size: int  # with all padding, and with what may be read behind it


class WindowOffsets(NamedTuple):
    """Places on a canvas, and on that of the outputs."""

    outputs: NDArray[np.int64]  # where the window of each output begins, row by row; the last one fills up a block
    targets: NDArray[np.int64]  # where each output's channels are written, likewise
    places: NDArray[np.int64]  # of the pooling window, row by row
    taps: NDArray[np.int64]  # of the kernel: channel, row, column, in the order of the weights


@kernel
def round_up_to_vector(count):
    """So many numbers, rounded up to whole vectors."""
    return count + -count % _VECTOR


def padded_layout(size: tuple, pixel: int, padding: tuple) -> PaddedLayout:
    """The canvas of an image of this size (H, W) with ``pixel`` numbers a pixel and (top, bottom, left, right)."""
    top, bottom, left, right = padding
    row = (left + size[1] + right) * pixel
    return PaddedLayout(top * row + left * pixel, row, pixel, (top + size[0] + bottom) * row + OVERREAD)


def pooled_size(size: tuple, kernel_size: tuple, stride: tuple, padding: tuple, window: tuple) -> tuple[int, int]:
    """Rows and columns after convolution and pooling; pixels that do not fill a window are dropped."""
    return output_size(output_size(size, kernel_size, stride, padding), window, window)


@lru_cache(maxsize=256)
def window_offsets(
    canvas: PaddedLayout,
    w_shape: tuple,
    stride: tuple,
    padding: tuple,
    window: tuple,
    output_size: tuple,
    target: PaddedLayout,
) -> WindowOffsets:
    """The windows of weights (OC, C, KH, KW); the outputs are written on the canvas ``target``."""
    _, channels, *kernel_size = w_shape
    step = tuple(s * p for s, p in zip(stride, window, strict=True))
    corner = canvas.origin - padding[0] * canvas.row - padding[2] * canvas.pixel
    outputs = corner + _grid(output_size, step[0] * canvas.row, step[1] * canvas.pixel)
    targets = target.origin + _grid(output_size, target.row, target.pixel)
    places = _grid(window, stride[0] * canvas.row, stride[1] * canvas.pixel)
    taps = np.arange(channels).reshape(-1, 1) + _grid(kernel_size, canvas.row, canvas.pixel)
    blocks = pad_indices(len(outputs), TILE_ROWS)
    return WindowOffsets(outputs[blocks], targets[blocks], places, taps.reshape(-1))


def pad_indices(count: int, block: int) -> NDArray[np.int64]:
    """The numbers below ``count``, of which the last one is repeated until they fill whole blocks."""
    return np.minimum(np.arange(count + -count % block), count - 1)


def _grid(size: tuple, row: int, column: int) -> NDArray[np.int64]:
    rows, columns = np.indices(size)
    return (rows * row + columns * column).reshape(-1)


@kernel
def to_channels_last(pixels, start, shape, image, canvas, first, last):
    """Copy rows first to last of a flat image (C, H, W), which begins at ``start``, onto its canvas."""
    channels, height, width = shape
    for h in range(first, last):
        place = canvas.origin + h * canvas.row
        transpose(pixels, start + h * width, height * width, channels, width, image, place, canvas.pixel)


@kernel
def to_channels_first(image, canvas, pixels, start, shape):
    """Copy a canvas to a flat image (C, H, W) that begins at ``start``; padding is left out."""
    channels, height, width = shape
    for h in range(height):
        place = canvas.origin + h * canvas.row
        transpose(image, place, canvas.pixel, width, channels, pixels, start + h * width, height * width)
