"""Weights cut into chunks or sorted by tap: what a chunk meets on the canvas, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.conv2d.layout import padded_layout
from npcnn.kernels.conv2d.weight_layout import chunks_of, taps_of


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 16, 2, 2), (3, 5, 3, 3), (1, 1, 1, 1), (6, 2, 3, 20)])
def test_chunks_are_the_weights_where_their_pixels_lie(shape: tuple, dtype: type, rng: np.random.Generator) -> None:
    w, canvas = rng.standard_normal(shape).astype(dtype), padded_layout((8, 30), shape[1], (0, 1, 0, 1))
    chunks = chunks_of(shape, np.dtype(dtype), canvas)
    arranged = chunks.arrange(w)
    assert arranged.shape == chunks.shape
    np.testing.assert_array_equal(chunks.weights_of(arranged), w)
    image = rng.standard_normal(canvas.size)
    _, channels, rows, columns = shape
    seen = image[: -(canvas.size % canvas.row)].reshape(-1, canvas.row)[:rows, : columns * channels]
    expected = np.einsum("okx,kx->o", w.transpose(0, 2, 3, 1).reshape(len(w), rows, -1), seen)
    numbers = image[chunks.starts[:, None] + np.arange(chunks.shape[2])]
    np.testing.assert_allclose(np.einsum("ojx,jx->o", arranged, numbers)[: len(w)], expected, rtol=1e-5, atol=1e-5)
    assert not arranged[len(w) :].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 16, 2, 2), (3, 5, 3, 3), (1, 1, 1, 1), (33, 2, 1, 3)])
def test_sums_by_tap_become_weights(shape: tuple, dtype: type) -> None:
    taps, count = taps_of(shape, np.dtype(dtype)), int(np.prod(shape[1:]))
    rows, padded_taps, width = taps.shape
    assert len(taps.numbers) == padded_taps >= count
    assert taps.numbers[:count].tolist() == list(range(count))
    assert (taps.numbers[count:] == count - 1).all()
    channels = np.arange(rows * width).reshape(rows, 1, width)
    sums = channels * 1000.0 + np.arange(padded_taps).reshape(1, -1, 1)
    expected = 1000.0 * np.arange(shape[0])[:, None] + np.arange(count)
    np.testing.assert_array_equal(taps.weights_of(sums), expected.reshape(shape))
