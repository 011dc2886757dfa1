"""FER2013 faces from the web, with their original labels or with the votes of ten taggers (FER+).

Source: I. Goodfellow et al., "Challenges in representation learning: a report on three machine learning contests"
(2013, arXiv:1307.0414); for FER+ see `emotion.datasets.votes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.csv_rows import Row, read_columns, read_rows
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.votes import VOTE_COLUMNS, VOTE_RULES, label_votes, parse_votes
from emotion.errors import InputError
from emotion.labels import emotion_index
from emotion.pictures import read_gray
from emotion.preprocessing import FACE_SIZE, resize_face

PARTS = {
    "train": ("Training", "FER2013Train"),
    "valid": ("PublicTest", "FER2013Valid"),
    "test": ("PrivateTest", "FER2013Test"),
}
"""The parts of the data set: their names in the column ``Usage`` of the CSV files, and their folders."""

IMAGES_CSV, VOTES_CSV, LABEL_CSV = "fer2013.csv", "fer2013new.csv", "label.csv"
SIDE = 48  # height and width of a face in fer2013.csv, in pixels

_FER2013_LABELS = [emotion_index(name) for name in ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")]


def is_ferplus(path: Path) -> bool:
    """Whether ``path`` is a CSV file, a folder with fer2013.csv, or one or more FER+ part folders."""
    if path.is_dir():
        return (path / IMAGES_CSV).is_file() or (path / LABEL_CSV).is_file() or bool(_part_folders(path))
    return path.suffix.lower() == ".csv"


def load_ferplus(path: Path, votes: str = "majority", part: str = "train", size: int = FACE_SIZE) -> FaceDataset:
    """Load one part of FER2013, labelled by the FER+ votes if available, otherwise by FER2013 (without contempt).

    Reads ``fer2013.csv`` (in the folder ``path``, or ``path`` itself) together with the matching rows of
    ``fer2013new.csv``, or ``label.csv`` and its pictures, in ``path`` or in a part folder such as
    ``path/FER2013Train``. Subjects are unknown.

    votes: the rule for `label_votes`.
    part: a key of ``PARTS``.
    size: height and width to which the faces are resized, in pixels.

    Raises InputError for an unknown rule or part, a missing part, an invalid row (with its number), a missing or
    unreadable picture, or if no faces remain.
    """
    if votes not in VOTE_RULES:
        raise InputError(f"unknown vote rule {votes!r}; choose from {', '.join(VOTE_RULES)}")
    if part not in PARTS:
        raise InputError(f"unknown part {part!r}; choose from {', '.join(PARTS)}")
    if path.is_file():
        return _load_csv(path, votes, part, size)
    if (path / IMAGES_CSV).is_file():
        return _load_csv(path / IMAGES_CSV, votes, part, size)
    if (path / LABEL_CSV).is_file():
        return _load_folder(path, votes, size)
    folders = _part_folders(path)
    if part not in folders:
        raise InputError(f"{path}: the part {part!r} is missing; found {', '.join(folders)}")
    return _load_folder(folders[part], votes, size)


def _part_folders(path: Path) -> dict[str, Path]:
    folders = {part: path / folder for part, (_, folder) in PARTS.items()}
    return {part: folder for part, folder in folders.items() if (folder / LABEL_CSV).is_file()}


def _load_csv(file: Path, rule: str, part: str, size: int) -> FaceDataset:
    usage, _ = PARTS[part]
    name = f"{file.name} ({part})"
    faces, labels = [], []
    for where, (emotion, pixels) in _rows_of(usage, file, ("emotion", "pixels")):
        faces.append(resize_face(_parse_pixels(where, pixels), size))
        labels.append(_parse_label(where, emotion))
    votes_file = file.with_name(VOTES_CSV)
    if not votes_file.is_file():
        return _dataset(name, faces, np.array(labels, np.int64))
    votes = [parse_votes(where, fields) for where, fields in _rows_of(usage, votes_file, VOTE_COLUMNS)]
    if len(votes) != len(faces):
        raise InputError(
            f"{votes_file}: {len(votes)} {usage} rows, but {file.name} has {len(faces)}; the rows must match"
        )
    kept, labels, distributions = label_votes(votes, rule)
    return _dataset(name, [faces[index] for index in kept], labels, distributions)


def _rows_of(usage: str, file: Path, columns: Sequence[str]) -> Iterator[Row]:
    usages = [known for known, _ in PARTS.values()]
    for where, (used, *fields) in read_columns(file, ("Usage", *columns)):
        if used not in usages:
            raise InputError(f"{where}: the usage is {used!r}; it must be one of {', '.join(usages)}")
        if used == usage:
            yield where, fields


def _load_folder(folder: Path, rule: str, size: int) -> FaceDataset:
    pictures, votes = [], []
    for where, fields in read_rows(folder / LABEL_CSV):
        if len(fields) != 2 + len(VOTE_COLUMNS):
            raise InputError(
                f"{where}: {len(fields)} fields; expected a picture, its face box and {len(VOTE_COLUMNS)} votes"
            )
        picture, _, *cast = fields
        pictures.append((where, folder / picture))
        votes.append(parse_votes(where, cast))
    kept, labels, distributions = label_votes(votes, rule)
    faces = [_read_face(*pictures[index], size) for index in kept]
    return _dataset(folder.resolve().name, faces, labels, distributions)


def _dataset(
    name: str,
    faces: list[NDArray[np.uint8]],
    labels: NDArray[np.int64],
    distributions: NDArray[np.float32] | None = None,
) -> FaceDataset:
    if not faces:
        raise InputError(f"{name}: no labelled faces in this part; check the files")
    unknown = np.full(len(faces), "")
    return FaceDataset(name, np.stack(faces), labels, unknown, unknown, distributions)


def _read_face(where: str, file: Path, size: int) -> NDArray[np.uint8]:
    try:
        return resize_face(read_gray(file), size)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _parse_pixels(where: str, text: str) -> NDArray[np.uint8]:
    try:
        pixels = np.frombuffer(bytes(map(int, text.split())), np.uint8)
    except ValueError as error:
        raise InputError(f"{where}: a pixel is not an integer from 0 to 255; fix or remove the row") from error
    if pixels.size != SIDE * SIDE:
        raise InputError(f"{where}: {pixels.size} pixels instead of {SIDE} x {SIDE}; fix or remove the row")
    return pixels.reshape(SIDE, SIDE)


def _parse_label(where: str, text: str) -> int:
    try:
        return _FER2013_LABELS[("0", "1", "2", "3", "4", "5", "6").index(text)]
    except ValueError as error:
        raise InputError(f"{where}: the emotion is {text!r}; it must be a number from 0 to 6") from error
