"""From a face crop to the network's input: the same steps in training and in prediction."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

FACE_SIZE = 64
"""Height and width of the network's input, in pixels."""


def resize_face(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A gray crop (H, W) of any size as (64, 64) uint8: averaged when it shrinks, cubic when it grows."""
    if face.shape == (FACE_SIZE, FACE_SIZE):
        return face
    shrinks = min(face.shape) > FACE_SIZE
    return cv2.resize(face, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def prepare_faces(faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> NDArray[np.float32]:
    """Gray uint8 crops (each (H, W), any size) as the network's input, (N, 1, 64, 64) float32.

    Each face is resized and then standardised on its own, to mean 0 and standard deviation 1 over its pixels,
    so that neither the exposure nor the contrast of the photograph matters.
    """
    x = np.empty((len(faces), 1, FACE_SIZE, FACE_SIZE), np.float32)
    for row, face in zip(x[:, 0], faces, strict=True):
        row[:] = resize_face(face)
    x -= x.mean(axis=(2, 3), keepdims=True)
    x /= np.maximum(x.std(axis=(2, 3), keepdims=True), 1.0)
    return x
