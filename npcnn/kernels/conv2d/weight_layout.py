"""The weights of a convolution as its backward pass takes them: as chunks, or tap by tap.

With channels last, all columns and channels of a row of the kernel lie side by side, in the image as in the weights.
Such a row, cut into vectors, is made of chunks. Tap by tap, a vector holds the output channels.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d.layout import TILE_COLUMNS, TILE_ROWS, PaddedLayout, pad_indices, round_up_to_vector
from npcnn.kernels.simd.vectors import REGISTER_BYTES

CHANNELS, CHUNKS = 2, 4
"""Channels and chunks come in whole blocks of so many; what only fills up the last block counts for nothing."""


class Chunks:
    """How weights of shape (OC, C, KH, KW) and this dtype are cut."""

    def __init__(self, w_shape: tuple, dtype: np.dtype, canvas: PaddedLayout) -> None:
        self._shape = w_shape
        output_channels, channels, rows, columns = w_shape
        self._lanes, self._length = REGISTER_BYTES // dtype.itemsize, columns * channels
        self._a_row = -(-self._length // self._lanes)
        count = rows * self._a_row
        chunks = pad_indices(count, CHUNKS)
        self.starts: NDArray[np.int64] = chunks // self._a_row * canvas.row + chunks % self._a_row * self._lanes
        """Where each chunk begins on the canvas, from where the window begins."""
        self.shape = output_channels + -output_channels % CHANNELS, len(chunks), self._lanes
        """Of the arranged weights: channel, chunk, number."""

    def arrange(self, w: NDArray) -> NDArray:
        """The weights (OC, C, KH, KW) as chunks."""
        rows = w.transpose(0, 2, 3, 1).reshape(len(w), -1, self._length)
        arranged = np.zeros(self.shape, w.dtype)
        self._rows_of(arranged)[...] = rows
        return arranged

    def weights_of(self, arranged: NDArray) -> NDArray:
        """The chunks as weights (OC, C, KH, KW) again."""
        output_channels, channels, rows, columns = self._shape
        w = self._rows_of(arranged).reshape(output_channels, rows, columns, channels)
        return np.ascontiguousarray(w.transpose(0, 3, 1, 2))

    def _rows_of(self, arranged: NDArray) -> NDArray:
        """A view of all that counts: output channel, row, column and channel."""
        output_channels, _, rows, _ = self._shape
        numbers = arranged.reshape(len(arranged), -1)[:output_channels, : rows * self._a_row * self._lanes]
        return numbers.reshape(output_channels, rows, -1)[:, :, : self._length]


chunks_of = lru_cache(maxsize=256)(Chunks)
"""``Chunks`` that are made only once."""


class Taps:
    """How the gradients for weights of shape (OC, C, KH, KW) and this dtype are summed tap by tap."""

    def __init__(self, w_shape: tuple, dtype: np.dtype) -> None:
        self._w_shape = w_shape
        width = TILE_COLUMNS * REGISTER_BYTES // dtype.itemsize
        self.numbers = pad_indices(math.prod(w_shape[1:]), TILE_ROWS)
        """Of the taps: channel, row and column of the kernel; the last one fills up a block."""
        self.shape = round_up_to_vector(w_shape[0]) // width, len(self.numbers), width
        """Row of output channels, tap, channel of the row."""

    def weights_of(self, sums: NDArray) -> NDArray:
        """The sums as weights (OC, C, KH, KW)."""
        by_channel = sums.transpose(0, 2, 1).reshape(-1, len(self.numbers))
        return by_channel[: self._w_shape[0], : math.prod(self._w_shape[1:])].reshape(self._w_shape)


taps_of = lru_cache(maxsize=256)(Taps)
"""``Taps`` that are made only once."""
