"""Noise images that cost as much to process as real faces."""

from __future__ import annotations

import numpy as np

from emotion.datasets.dataset import FaceDataset
from emotion.labels import EMOTIONS
from emotion.preprocessing import FACE_SIZE


def synthetic_faces(number: int, seed: int) -> FaceDataset:
    """Create a data set of noise images with nearly equal class sizes, so that oversampling adds almost nothing."""
    rng = np.random.default_rng(seed)
    unknown = np.full(number, "")
    return FaceDataset(
        "synthetic",
        rng.integers(0, 256, (number, FACE_SIZE, FACE_SIZE), np.uint8),
        np.arange(number) % len(EMOTIONS),
        unknown,
        unknown,
        unknown,
    )
