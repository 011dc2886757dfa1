"""One folder of cropped faces per emotion: the layout of ckplus8, CK+48 and most custom data."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.labels import emotion_index
from emotion.pictures import picture_files, read_gray
from emotion.preprocessing import FACE_SIZE, resize_face

_MAX_ASPECT = 1.4
"""Longer side over shorter side from which on a picture is probably a scene, not the crop of a face."""

_COHN_KANADE_NAME = re.compile(r"(?P<sequence>(?P<subject>S\d+)_\d+)_\d+")


def is_emotion_folders(path: Path) -> bool:
    """Whether at least two folders in ``path`` are named like emotions."""
    return path.is_dir() and sum(_is_emotion(folder.name) for folder in _folders(path)) >= 2


def load_emotion_folders(path: Path, size: int = FACE_SIZE) -> FaceDataset:
    """Load the cropped faces in ``path/<emotion>/<picture>``, sorted by folder name and then by file name.

    size: height and width to which the faces are resized, in pixels.

    Folder names may be any common spelling of an emotion; hidden folders and files outside the folders are ignored.
    Subject and sequence are parsed from CK+ file names (``S005_001_00000011.png``) and unknown for other names.

    Raises InputError for a folder with an unknown name or without pictures, and for an unreadable picture. Warns of
    files that are not pictures, and of pictures that are far from square.
    """
    files, labels = [], []
    left_out: list[Path] = []
    for folder in _folders(path):
        try:
            label = emotion_index(folder.name)
        except InputError as error:
            raise InputError(f"{folder}: {error}; rename the folder or move it elsewhere") from error
        pictures = picture_files(folder, left_out.append)
        files += pictures
        labels += [label] * len(pictures)
    names = [_COHN_KANADE_NAME.match(file.name) for file in files]
    if left_out:
        warnings.warn(f"{path}: {len(left_out)} file(s) left out, such as {left_out[0].name}", stacklevel=2)
    faces, oblong = [], []
    for file in files:
        gray = read_gray(file)
        faces.append(resize_face(gray, size))
        if max(gray.shape) > _MAX_ASPECT * min(gray.shape):
            oblong.append(file)
    if oblong:
        warnings.warn(
            f"{path}: {len(oblong)} picture(s) far from square, such as {oblong[0].name}; crop them to the face",
            stacklevel=2,
        )
    return FaceDataset(
        name=path.resolve().name,
        faces=np.stack(faces),
        labels=np.array(labels, np.int64),
        subjects=np.array([name["subject"] if name else "" for name in names]),
        sequences=np.array([name["sequence"] if name else "" for name in names]),
    )


def _folders(path: Path) -> list[Path]:
    return sorted(entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _is_emotion(name: str) -> bool:
    try:
        emotion_index(name)
    except InputError:
        return False
    return True
