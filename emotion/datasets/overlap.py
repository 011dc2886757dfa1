"""Which faces of a data set also occur in another: the same picture, nearly the same picture, the same subject."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset, warn_of_shared_numbers

THUMBNAIL_SIZE = 16
NEAR_DUPLICATE = 0.96
"""Correlation of two thumbnails from which on the pictures are near-duplicates.

The validation part of FER+ has 163 faces without an exact copy but with such a near-duplicate in the training part. All
of those that were looked at showed the same photograph, cropped, compressed or adjusted differently. Between faces of
different people in CK+, which were taken and cropped alike, the correlation reaches 0.966.
"""

_BLOCK = 256  # faces compared at a time, to bound memory use


@dataclass(frozen=True)
class Overlap:
    """Which of N test faces also occur in training: boolean arrays (N,).

    same_picture: a training face has exactly the same pixels.
    near_duplicate: no training face has the same pixels, but one is nearly the same picture.
    same_subject: the subject is known and occurs in training.
    """

    same_picture: NDArray[np.bool_]
    near_duplicate: NDArray[np.bool_]
    same_subject: NDArray[np.bool_]

    @property
    def any(self) -> NDArray[np.bool_]:
        """Whether one of the three applies, (N,)."""
        return self.same_picture | self.near_duplicate | self.same_subject


def find_overlap(test: FaceDataset, train: FaceDataset) -> Overlap:
    """Find the faces of ``test`` that also occur in ``train``; the faces of both have the same size.

    Warns as `emotion.datasets.dataset.warn_of_shared_numbers` does.
    """
    warn_of_shared_numbers([test, train])
    same = same_picture(test, train)
    return Overlap(same, near_duplicate(test, train) & ~same, same_subject(test, train))


def same_picture(dataset: FaceDataset, other: FaceDataset) -> NDArray[np.bool_]:
    """Return for each face of ``dataset`` (N,) whether ``other`` has one with exactly the same pixels."""
    pictures = {face.tobytes() for face in other.faces}
    return np.array([face.tobytes() in pictures for face in dataset.faces], bool)


def same_subject(dataset: FaceDataset, other: FaceDataset) -> NDArray[np.bool_]:
    """Return for each face of ``dataset`` (N,) whether its subject is known and occurs in ``other``."""
    return np.isin(dataset.subjects, other.subjects) & (dataset.subjects != "")


def near_duplicate(dataset: FaceDataset, other: FaceDataset) -> NDArray[np.bool_]:
    """Return for each face of ``dataset`` (N,) whether ``other`` has one that is nearly the same picture.

    Compares thumbnails of 16x16 pixels, also mirrored, by their correlation. It does not depend on brightness and
    contrast, and hardly on sharpness and compression.
    """
    others = _thumbnails(other.faces)
    found = np.zeros(len(dataset), bool)
    for start in range(0, len(dataset), _BLOCK):
        block = slice(start, start + _BLOCK)
        for faces in (dataset.faces[block], dataset.faces[block, :, ::-1]):
            found[block] |= (_thumbnails(faces) @ others.T).max(axis=1, initial=-1) >= NEAR_DUPLICATE
    return found


def _thumbnails(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return thumbnails (N, 256) with mean 0 and length 1; that of a face of one colour has length 0."""
    size = (THUMBNAIL_SIZE, THUMBNAIL_SIZE)
    thumbnails = np.empty((len(faces), *size), np.float32)
    for thumbnail, face in zip(thumbnails, faces, strict=True):
        thumbnail[:] = cv2.resize(face.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    thumbnails -= thumbnails.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((thumbnails**2).sum(axis=(1, 2), keepdims=True))
    return (thumbnails / np.maximum(length, 1.0)).reshape(len(faces), THUMBNAIL_SIZE**2)
