"""Two ways to arrange the weights of a convolution for its backward pass.

With channels last, (OC, KH, KW, C), the KW * C weights of a kernel row are contiguous, and so are the pixels under it
in a padded NHWC buffer. ``KernelRowSlices`` cuts these rows into vectors. In ``ChannelGroups`` a vector holds one tap
of neighbouring output channels instead, as in the forward pass.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d.layout import TILE_COLUMNS, TILE_ROWS, PaddedLayout, pad_indices, round_up_to_vector
from npcnn.kernels.simd.vectors import REGISTER_BYTES

TILE_CHANNELS, TILE_SLICES = 2, 4
"""Output channels and slices are zero-padded to multiples of these: a register tile has so many of them."""


class KernelRowSlices:
    """Vector-width slices of the rows of filters (OC, C, KH, KW): an array (channel, slice, lane), zero-padded."""

    def __init__(self, w_shape: tuple, dtype: np.dtype, layout: PaddedLayout) -> None:
        self._w_shape = w_shape
        output_channels, channels, rows, columns = w_shape
        self._lanes, self._row_length = REGISTER_BYTES // dtype.itemsize, columns * channels
        self._slices_per_row = -(-self._row_length // self._lanes)
        row, column = np.divmod(pad_indices(rows * self._slices_per_row, TILE_SLICES), self._slices_per_row)
        self.offsets: NDArray[np.int64] = row * layout.row_stride + column * self._lanes
        """Offset of each slice in the padded buffer, from where the window begins."""
        self.shape = output_channels + -output_channels % TILE_CHANNELS, len(self.offsets), self._lanes

    def pack(self, w: NDArray) -> NDArray:
        """The slices of weights (OC, C, KH, KW)."""
        slices = np.zeros(self.shape, w.dtype)
        self._rows_of(slices)[...] = w.transpose(0, 2, 3, 1).reshape(len(w), -1, self._row_length)
        return slices

    def unpack(self, slices: NDArray) -> NDArray:
        """The weights (OC, C, KH, KW) of slices."""
        output_channels, channels, rows, columns = self._w_shape
        w = self._rows_of(slices).reshape(output_channels, rows, columns, channels)
        return np.ascontiguousarray(w.transpose(0, 3, 1, 2))

    def _rows_of(self, slices: NDArray) -> NDArray:
        """A view (OC, KH, KW * C) of the slices without their zero-padding."""
        output_channels, _, rows, _ = self._w_shape
        row_lanes = self._slices_per_row * self._lanes
        flat = slices.reshape(len(slices), -1)[:output_channels, : rows * row_lanes]
        return flat.reshape(output_channels, rows, row_lanes)[:, :, : self._row_length]


class ChannelGroups:
    """Filters (OC, C, KH, KW) by groups of output channels: an array (group, tap, channel of the group)."""

    def __init__(self, w_shape: tuple, dtype: np.dtype) -> None:
        self._w_shape = w_shape
        width = TILE_COLUMNS * REGISTER_BYTES // dtype.itemsize
        self.tap_indices = pad_indices(math.prod(w_shape[1:]), TILE_ROWS)
        """Which tap of the filter each tap of the array is; the last one is repeated to fill up a tile."""
        self.shape = round_up_to_vector(w_shape[0]) // width, len(self.tap_indices), width

    def unpack(self, groups: NDArray) -> NDArray:
        """The weights (OC, C, KH, KW) of groups."""
        by_channel = groups.transpose(0, 2, 1).reshape(-1, len(self.tap_indices))
        return by_channel[: self._w_shape[0], : math.prod(self._w_shape[1:])].reshape(self._w_shape)


kernel_row_slices = lru_cache(maxsize=256)(KernelRowSlices)
channel_groups = lru_cache(maxsize=256)(ChannelGroups)
