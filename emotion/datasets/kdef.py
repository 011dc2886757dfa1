"""KDEF: portraits of 70 actors, taken twice from five angles, whose names say all of it, such as ``AF01ANS.JPG``.

Source: D. Lundqvist, A. Flykt and A. Öhman, The Karolinska Directed Emotional Faces (Karolinska Institutet, 1998).
"""

from __future__ import annotations

import re
from pathlib import Path

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.labelled_pictures import LabelledPicture, load_portraits
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.datasets.visible import visible_files, visible_folders
from emotion.errors import InputError
from emotion.labels import emotion_index
from emotion.pictures import picture_files

_NAME = re.compile(
    r"(?P<session>[AB])(?P<person>[FM]\d\d)(?P<emotion>AF|AN|DI|HA|NE|SA|SU)(?P<angle>FL|FR|HL|HR|S)\.(JPE?G|PNG)",
    re.IGNORECASE,
)

_EMOTIONS = {
    "AF": "fear", "AN": "anger", "DI": "disgust", "HA": "happy", "NE": "neutral", "SA": "sadness", "SU": "surprise",
}  # fmt: skip


def is_kdef(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` is a folder with a picture named like those of KDEF, or with a folder that has one."""
    return path.is_dir() and any(
        _NAME.fullmatch(file.name) for folder in (path, *visible_folders(path)) for file in visible_files(folder)
    )


def load_kdef(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the faces that were taken from the front, detected and cropped by the cascade, sorted by path.

    The subject is the person, such as ``F01``, in both sessions. Leaves out the pictures from other angles, other
    files, unreadable pictures and those without a face. Raises InputError if too many pictures cannot be read, or if no
    picture contains a face.
    """
    others: list[Path] = []
    from_the_side: list[Path] = []
    pictures = []
    for file in picture_files(path, others.append, recursive=True):
        name = _NAME.fullmatch(file.name)
        if name is None:
            others.append(file)
        elif name["angle"].upper() != "S":
            from_the_side.append(file)
        else:
            pictures.append(
                LabelledPicture(file, emotion_index(_EMOTIONS[name["emotion"].upper()]), name["person"].upper())
            )
    tolerance = Tolerance()
    tolerance.leave_out(others, "not named like a picture of KDEF")
    tolerance.leave_out(from_the_side, "not taken from the front")
    if not pictures:
        raise InputError(f"{path}: no pictures taken from the front (such as AF01ANS.JPG); add them")
    return load_portraits(path, path.resolve().name, pictures, options, tolerance)
