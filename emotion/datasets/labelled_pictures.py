"""From a list of picture files with their labels to faces: the pictures are crops of faces, or whole portraits."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.cropping import crop_face
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.detection import find_faces
from emotion.errors import InputError
from emotion.pictures import read_gray
from emotion.preprocessing import resize_face

MAX_ASPECT = 1.5
"""Longer side over shorter side from which on a picture is probably a scene, not the crop of a face."""

MAX_SIDE = 1500
"""Shorter side, in pixels, from which on a picture is probably a scene, not the crop of a face."""


class LabelledPicture(NamedTuple):
    """A picture file with its label, and subject and sequence if they are known.

    where: the row that lists it (``"label.csv, row 3"``), for messages.
    """

    file: Path
    label: int
    subject: str = ""
    sequence: str = ""
    where: str = ""


def load_crops(
    path: Path,
    name: str,
    pictures: Sequence[LabelledPicture],
    options: LoadOptions,
    tolerance: Tolerance | None = None,
    distributions: NDArray[np.float32] | None = None,
) -> FaceDataset:
    """Load pictures that are crops of faces, framed as by the cascade.

    path: where the pictures are from, for messages.
    tolerance: what was left out of the data set before.
    distributions: (N, 8) of the pictures, if there are any.
    Leaves out pictures that cannot be read. Raises InputError if they are too many, or if there are no others. Warns of
    pictures that look like scenes.
    """
    tolerance = tolerance or Tolerance()
    faces, used, scenes = [], [], []
    for index, picture in enumerate(options.track(pictures)):
        with tolerance.tolerating():
            gray = _read(picture)
            faces.append(resize_face(gray, options.size))
            used.append(index)
            if max(gray.shape) > MAX_ASPECT * min(gray.shape) or min(gray.shape) > MAX_SIDE:
                scenes.append(picture.file)
    tolerance.check(path, len(faces))
    if not faces:
        raise InputError(f"{name}: no labelled faces; check the files")
    if scenes:
        warnings.warn(
            f"{path}: {len(scenes)} of {len(pictures)} pictures are far from square or very large, such as "
            f"{scenes[0].name}; crop them to the face",
            stacklevel=2,
        )
    distributions = None if distributions is None else distributions[used]
    return _dataset(name, faces, [pictures[index] for index in used], tolerance, distributions)


def load_portraits(
    path: Path,
    name: str,
    pictures: Sequence[LabelledPicture],
    options: LoadOptions,
    tolerance: Tolerance | None = None,
) -> FaceDataset:
    """Load pictures in which the cascade detects the face; the best detection counts.

    path: where the pictures are from, for messages.
    tolerance: what was left out of the data set before.
    Leaves out pictures that cannot be read and pictures without a face. Raises InputError if too many cannot be read,
    or if no picture contains a face.
    """
    tolerance = tolerance or Tolerance()
    faces, used, faceless = [], [], []
    for picture in options.track(pictures):
        with tolerance.tolerating():
            face = _find_face(picture, options.size)
            if face is None:
                faceless.append(picture.file)
            else:
                faces.append(face)
                used.append(picture)
    tolerance.check(path, len(faces) + len(faceless))
    if not faces:
        raise InputError(f"{path}: no face found in any of {len(pictures)} pictures; check that they show faces")
    tolerance.leave_out(faceless, "no face found")
    return _dataset(name, faces, used, tolerance)


def _find_face(picture: LabelledPicture, size: int) -> NDArray[np.uint8] | None:
    gray = _read(picture)
    detections = find_faces(gray)
    return resize_face(crop_face(gray, detections[0].box), size) if detections else None


def _read(picture: LabelledPicture) -> NDArray[np.uint8]:
    try:
        return read_gray(picture.file)
    except InputError as error:
        raise InputError(f"{picture.where}: {error}" if picture.where else str(error)) from error


def _dataset(
    name: str,
    faces: list[NDArray[np.uint8]],
    pictures: Sequence[LabelledPicture],
    tolerance: Tolerance,
    distributions: NDArray[np.float32] | None = None,
) -> FaceDataset:
    return FaceDataset(
        name=name,
        faces=np.stack(faces),
        labels=np.array([picture.label for picture in pictures], np.int64),
        subjects=np.array([picture.subject for picture in pictures]),
        sequences=np.array([picture.sequence for picture in pictures]),
        names=np.array([str(picture.file) for picture in pictures], object),
        distributions=distributions,
        left_out=tuple(tolerance.left_out),
    )
