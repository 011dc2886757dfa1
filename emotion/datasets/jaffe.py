"""JAFFE: portraits of ten Japanese women whose file names say person and emotion, such as ``KA.AN1.39.tiff``.

Source: M. Lyons et al., "Coding facial expressions with Gabor wavelets" (Automatic Face and Gesture Recognition 1998).
"""

from __future__ import annotations

import re
from pathlib import Path

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.labelled_pictures import LabelledPicture, load_portraits
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.datasets.visible import visible_files
from emotion.labels import emotion_index
from emotion.pictures import is_picture_name, picture_files

_NAME = re.compile(r"(?P<person>[A-Z]{2})\.(?P<emotion>AN|DI|FE|HA|NE|SA|SU)\d\.\d+\.\w+", re.IGNORECASE)

_EMOTIONS = {
    "AN": "anger", "DI": "disgust", "FE": "fear", "HA": "happy", "NE": "neutral", "SA": "sadness", "SU": "surprise",
}  # fmt: skip


def is_jaffe(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` is a folder with a picture named like those of JAFFE."""
    return path.is_dir() and any(_is_named(file) for file in visible_files(path))


def load_jaffe(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the faces, detected and cropped by the cascade, sorted by file name; the subject is the person.

    Leaves out files that are not pictures named like this, unreadable pictures and those without a face. Raises
    InputError if too many pictures cannot be read, or if no picture contains a face.
    """
    others: list[Path] = []
    files = picture_files(path, others.append)
    tolerance = Tolerance()
    tolerance.leave_out(
        [*others, *(file for file in files if not _is_named(file))], "not named like a picture of JAFFE"
    )
    pictures = [_labelled(file) for file in files if _is_named(file)]
    return load_portraits(path, path.resolve().name, pictures, options, tolerance)


def _is_named(file: Path) -> bool:
    return is_picture_name(file.name) and _NAME.fullmatch(file.name) is not None


def _labelled(file: Path) -> LabelledPicture:
    name = _NAME.fullmatch(file.name)
    return LabelledPicture(file, emotion_index(_EMOTIONS[name["emotion"].upper()]), name["person"].upper())
