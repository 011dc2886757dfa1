"""Offsets into padded buffers, against the windows that NumPy shows of the padded image."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from npcnn.kernels.conv2d.layout import (
    TILE_ROWS,
    padded_layout,
    to_channels_first,
    to_channels_last,
    window_offsets,
)
from npcnn.reference import output_size

PADDING = (1, 0, 2, 1)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "window"), [((2, 2), (1, 1), (2, 2)), ((3, 2), (2, 3), (1, 1)), ((1, 3), (2, 1), (3, 2))]
)
def test_outputs_read_their_windows(kernel_size: tuple, stride: tuple, window: tuple, rng: np.random.Generator) -> None:
    x = rng.standard_normal((3, 11, 12))
    # More padding than this convolution needs: another one may need it.
    layout = padded_layout((11, 12), 3, tuple(n + 1 for n in PADDING))
    image = np.zeros(layout.size)
    to_channels_last(x.reshape(-1), x.shape, image, layout)
    size = output_size(output_size((11, 12), kernel_size, stride, PADDING), window, window)
    outputs = padded_layout(size, 16, (0, 0, 0, 0))
    windows = window_offsets(layout, (5, 3, *kernel_size), stride, PADDING, window, size, outputs)
    count = size[0] * size[1]
    starts, targets = windows.outputs[:count], windows.targets[:count]
    seen = image[starts[:, None, None] + windows.pool[:, None] + windows.taps]

    padded = np.pad(x, ((0, 0), PADDING[:2], PADDING[2:]))
    views = sliding_window_view(padded, kernel_size, axis=(1, 2))[:, :: stride[0], :: stride[1]]
    for m, (i, j) in enumerate(np.ndindex(size)):
        for d, (k, l) in enumerate(np.ndindex(window)):
            expected = views[:, i * window[0] + k, j * window[1] + l].reshape(-1)
            np.testing.assert_array_equal(seen[m, d], expected)
    np.testing.assert_array_equal(targets, np.arange(count) * 16)
    assert len(windows.outputs) % TILE_ROWS == 0
    assert (windows.outputs[count:] == starts[-1]).all()
    assert len(windows.targets) == count


def test_an_image_is_copied_to_a_padded_buffer_and_back(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((17, 19, 21)).astype(np.float32), np.zeros((17, 19, 21), np.float32)
    layout = padded_layout((19, 21), 20, PADDING)
    padded = np.zeros(layout.size, np.float32)
    to_channels_last(x.reshape(-1), x.shape, padded, layout)
    to_channels_first(padded, layout, y.reshape(-1), y.shape)
    np.testing.assert_array_equal(y, x)
    assert np.count_nonzero(padded) == np.count_nonzero(x)
