"""The two layouts of weights: which pixels a slice meets in a padded buffer, and the way back to weights."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.conv2d.layout import padded_layout
from npcnn.kernels.conv2d.weight_layout import channel_groups, kernel_row_slices


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 16, 2, 2), (3, 5, 3, 3), (1, 1, 1, 1), (6, 2, 3, 20)])
def test_slices_of_weights_meet_the_pixels_under_them(shape: tuple, dtype: type, rng: np.random.Generator) -> None:
    w, layout = rng.standard_normal(shape).astype(dtype), padded_layout((8, 30), shape[1], (0, 1, 0, 1))
    slices = kernel_row_slices(shape, np.dtype(dtype), layout)
    packed = slices.pack(w)
    assert packed.shape == slices.shape
    np.testing.assert_array_equal(slices.unpack(packed), w)
    image = rng.standard_normal(layout.size)
    _, channels, rows, columns = shape
    seen = image[: -(layout.size % layout.row_stride)].reshape(-1, layout.row_stride)[:rows, : columns * channels]
    expected = np.einsum("okx,kx->o", w.transpose(0, 2, 3, 1).reshape(len(w), rows, -1), seen)
    pixels = image[slices.offsets[:, None] + np.arange(slices.shape[2])]
    np.testing.assert_allclose(np.einsum("ojx,jx->o", packed, pixels)[: len(w)], expected, rtol=1e-5, atol=1e-5)
    assert not packed[len(w) :].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 16, 2, 2), (3, 5, 3, 3), (1, 1, 1, 1), (33, 2, 1, 3)])
def test_channel_groups_become_weights(shape: tuple, dtype: type) -> None:
    groups, count = channel_groups(shape, np.dtype(dtype)), int(np.prod(shape[1:]))
    rows, padded_taps, width = groups.shape
    assert len(groups.tap_indices) == padded_taps >= count
    assert groups.tap_indices[:count].tolist() == list(range(count))
    assert (groups.tap_indices[count:] == count - 1).all()
    channels = np.arange(rows * width).reshape(rows, 1, width)
    sums = channels * 1000.0 + np.arange(padded_taps).reshape(1, -1, 1)
    expected = 1000.0 * np.arange(shape[0])[:, None] + np.arange(count)
    np.testing.assert_array_equal(groups.unpack(sums), expected.reshape(shape))
