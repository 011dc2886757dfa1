"""Preprocessing from face crops to the network's input, shared by training and prediction."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

FACE_SIZE = 64
"""Height and width of a face for the original network, in pixels."""


def resize_face(face: NDArray[np.uint8], size: int = FACE_SIZE) -> NDArray[np.uint8]:
    """Resize a gray crop (H, W) to (size, size) uint8, by area averaging if it shrinks and bicubically if it grows."""
    if face.shape == (size, size):
        return face
    shrinks = min(face.shape) > size
    return cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def prepare_faces(faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], size: int = FACE_SIZE) -> NDArray[np.float32]:
    """Convert N gray uint8 crops (H, W) of any size to the network's input, (N, 1, size, size) float32.

    Each face is resized and standardised to mean 0 and standard deviation 1 over its pixels, which makes the input
    independent of the photograph's exposure and contrast.
    """
    x = np.empty((len(faces), 1, size, size), np.float32)
    for row, face in zip(x[:, 0], faces, strict=True):
        row[:] = resize_face(face, size)
    x -= x.mean(axis=(2, 3), keepdims=True)
    x /= np.maximum(x.std(axis=(2, 3), keepdims=True), 1.0)
    return x
