"""Padded NHWC buffers, and the offsets at which convolution and pooling read them.

A kernel first copies an image (C, H, W) into a flat buffer with channels last and zeros around it, where element
(c, i, j) has the index ``origin + i * row_stride + j * pixel_stride + c``. As this is linear in c, i and j, everything
that output m reads is found by adding three offsets:

    x[outputs[m] + pool[d] + taps[t]]

``outputs[m]`` is where the window of output m begins, ``pool[d]`` leads to pixel d of its pooling window, and
``taps[t]`` to tap t of the filter, a tap being one channel, row and column. Stride, padding, kernel size and pooling
window only change these tables: the kernels know nothing else of the geometry.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import REGISTER_BYTES, lanes
from npcnn.runtime.compile import inlined, kernel

TILE_COLUMNS = 64 // REGISTER_BYTES
"""Vectors of output channels in a register tile: together one channel group, 16 channels in float32, 8 in float64."""

TILE_ROWS = 12 // TILE_COLUMNS
"""Outputs (or taps) in a register tile: as many as give it twelve vectors. With a row and a value of a column, it then
fills the sixteen registers of most processors."""

_VECTOR_WIDTH = 16
"""Elements in the widest vector."""

_OVERREAD = 32
"""Elements past the end of a padded buffer that may be read and written, because kernels work in full vectors."""


class PaddedLayout(NamedTuple):
    """How the pixels of an image, with their channels last, lie in a flat padded buffer; all in elements."""

    origin: int  # index of the first pixel that is not padding
    row_stride: int  # from a row to the next
    pixel_stride: int  # from a pixel to the next: the number of channels, or more
    size: int  # of the whole buffer


class WindowOffsets(NamedTuple):
    """Offsets into the padded buffers of an input and of the outputs that are computed from it."""

    outputs: NDArray[np.int64]  # start of the window of each output in row order; the last fills up a tile
    targets: NDArray[np.int64]  # where the channels of each output are written, in the same order
    pool: NDArray[np.int64]  # (PH * PW,) pixels of a pooling window in row order
    taps: NDArray[np.int64]  # (C * KH * KW,) taps of a filter in the order of the weights


@kernel
def round_up_to_vector(count):
    """``count`` elements, rounded up to a multiple of the widest vector."""
    return count + -count % _VECTOR_WIDTH


@inlined
def group_width(example):
    """Output channels in a channel group, for arrays of the dtype of ``example``."""
    return TILE_COLUMNS * np.intp(lanes(example))


def padded_layout(size: tuple, pixel_stride: int, padding: tuple) -> PaddedLayout:
    """The layout of an image of ``size`` (H, W) with ``padding`` pixels (top, bottom, left, right) around it."""
    top, bottom, left, right = padding
    row_stride = (left + size[1] + right) * pixel_stride
    elements = (top + size[0] + bottom) * row_stride
    return PaddedLayout(top * row_stride + left * pixel_stride, row_stride, pixel_stride, elements + _OVERREAD)


@lru_cache(maxsize=256)
def window_offsets(
    source: PaddedLayout,
    w_shape: tuple,
    stride: tuple,
    padding: tuple,
    window: tuple,
    output_size: tuple,
    target: PaddedLayout,
) -> WindowOffsets:
    """Offsets of a convolution with weights (OC, C, KH, KW), from an input laid out as ``source`` to ``target``.

    padding (top, bottom, left, right) may be less than ``source`` has; ``window`` (PH, PW) is that of the pooling, and
    output_size (OH, OW) is taken after it.
    """
    _, channels, *kernel_size = w_shape
    step = tuple(s * p for s, p in zip(stride, window, strict=True))
    first = source.origin - padding[0] * source.row_stride - padding[2] * source.pixel_stride
    outputs = first + grid(output_size, step[0] * source.row_stride, step[1] * source.pixel_stride)
    targets = target.origin + grid(output_size, target.row_stride, target.pixel_stride)
    pool = grid(window, stride[0] * source.row_stride, stride[1] * source.pixel_stride)
    taps = np.arange(channels).reshape(-1, 1) + grid(kernel_size, source.row_stride, source.pixel_stride)
    tiles = pad_indices(len(outputs), TILE_ROWS)
    return WindowOffsets(outputs[tiles], targets, pool, taps.reshape(-1))


def pad_indices(count: int, multiple: int) -> NDArray[np.int64]:
    """``0, 1, ..., count - 1``, the last one repeated until the length is a multiple of ``multiple``."""
    return np.minimum(np.arange(count + -count % multiple), count - 1)


def grid(size: tuple, row_step: int, column_step: int) -> NDArray[np.int64]:
    """Offsets of the elements of a rectangle of ``size`` (rows, columns), in row order."""
    rows, columns = np.indices(size)
    return (rows * row_step + columns * column_step).reshape(-1)


@kernel
def to_channels_last(image, shape, padded, layout):
    """Copy ``image``, flat and of ``shape`` (C, H, W), to the ``padded`` buffer of ``layout``."""
    channels, height, width = shape
    for i in range(height):
        row = layout.origin + i * layout.row_stride
        transpose(image, i * width, height * width, channels, width, padded, row, layout.pixel_stride)


@kernel
def to_channels_first(padded, layout, image, shape):
    """Copy the ``padded`` buffer of ``layout``, without its padding, to ``image``, flat and of ``shape`` (C, H, W)."""
    channels, height, width = shape
    for i in range(height):
        row = layout.origin + i * layout.row_stride
        transpose(padded, row, layout.pixel_stride, width, channels, image, i * width, height * width)
