"""A CSV file with the pixels of faces, as fer2013.csv, icml_face_data.csv and others; next to it perhaps FER+ votes.

Source: I. Goodfellow et al., "Challenges in representation learning: a report on three machine learning contests"
(2013, arXiv:1307.0414); for FER+ see `emotion.datasets.votes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.csv_rows import UncheckedRow, checked, csv_files, find_columns, read_columns, read_header
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.datasets.parts import part_in_row, part_named
from emotion.datasets.votes import VOTE_COLUMNS, label_votes, parse_votes
from emotion.errors import InputError
from emotion.labels import emotion_index
from emotion.preprocessing import resize_face

VOTES_CSV = "fer2013new.csv"
SIDE = 48  # height and width of a face, in pixels

_NUMBERED = ("anger", "disgust", "fear", "happy", "sadness", "surprise", "neutral", "contempt")
"""The emotions in the order of their numbers in FER2013, and in CK+ converted to its format, which adds contempt."""


class _Columns(NamedTuple):
    """The names of the columns in a file; ``usage`` is None if it has no parts."""

    emotion: str
    pixels: str
    usage: str | None


def is_pixel_csv(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` is a CSV file with columns for emotion and pixels, or a folder with such files."""
    return bool(_candidates(path))


def parts_of_pixel_csv(path: Path, options: LoadOptions) -> set[str]:
    """Return the parts that occur in the column Usage; none without it."""
    file, columns = _find(path)
    return set() if columns.usage is None else _parts(file, columns.usage, file.stat().st_mtime_ns)


def load_pixel_csv(path: Path, options: LoadOptions) -> FaceDataset:
    """Load one part, labelled by the FER+ votes if ``fer2013new.csv`` is next to it, otherwise by its own labels.

    Subjects are unknown.

    Leaves out invalid rows. Raises InputError for several such files in the folder, too many invalid rows, votes that
    do not match the rows, or if no faces remain.
    """
    file, columns = _find(path)
    part = options.part
    name = f"{file.name} ({part})" if part else file.name
    faces, names, labels, votes, tolerance = [], [], [], [], Tolerance()
    for row, row_of_votes in _paired_rows(file, columns):
        with tolerance.tolerating():
            where, (emotion, pixels, *usage) = checked(row)
            if usage and part_in_row(where, usage[0]) != part:
                continue
            face = resize_face(_parse_pixels(where, pixels), options.size)
            if row_of_votes is None:
                labels.append(_parse_label(where, emotion))
            else:
                where, (usage_of_votes, *cast) = checked(row_of_votes)
                if part_named(usage_of_votes) != part:
                    raise InputError(f"{where}: the usage is not {usage[0]!r} as in {file.name}; the rows must match")
                votes.append(parse_votes(where, cast))
            faces.append(face)
            names.append(row[0])
    tolerance.check(file, len(faces))
    labels, distributions = np.array(labels, np.int64), None
    if votes:
        kept, labels, distributions = label_votes(votes, options.votes)
        faces, names = [faces[index] for index in kept], [names[index] for index in kept]
    if not faces:
        raise InputError(f"{name}: no labelled faces; check the file")
    unknown = np.full(len(faces), "")
    return FaceDataset(
        name,
        np.stack(faces),
        labels,
        unknown,
        unknown,
        np.array(names, object),
        distributions,
        tuple(tolerance.left_out),
    )


@lru_cache(maxsize=8)
def _parts(file: Path, usage: str, modified: int) -> set[str]:
    """Return the parts in the column ``usage`` of a file as of the time ``modified``; it takes seconds to read one."""
    used = {fields[0] for _, fields in read_columns(file, [usage]) if isinstance(fields, list)}
    return {part for name in used if (part := part_named(name))}


def _candidates(path: Path) -> list[tuple[Path, _Columns]]:
    """Return the files with faces at ``path``; if there are several, only those with parts, if there are any."""
    found = []
    for file in csv_files(path):
        header = read_header(file)
        found_columns = (find_columns(header, {name}) for name in _Columns._fields)
        columns = _Columns(*(names[0] if names else None for names in found_columns))
        if columns.emotion and columns.pixels:
            found.append((file, columns))
    return [(file, columns) for file, columns in found if columns.usage] or found


def _find(path: Path) -> tuple[Path, _Columns]:
    candidates = _candidates(path)
    if len(candidates) > 1:
        raise InputError(
            f"{path}: several files with faces; give one of {', '.join(file.name for file, _ in candidates)}"
        )
    return candidates[0]


def _paired_rows(file: Path, columns: _Columns) -> Iterator[tuple[UncheckedRow, UncheckedRow | None]]:
    """Yield emotion, pixels and usage of each row, with usage and votes of the same row in the file of votes.

    Without a column for the usage, or if there is no file of votes, that is None.
    """
    rows = read_columns(file, [column for column in columns if column])
    votes_file = file.with_name(VOTES_CSV)
    if columns.usage is None or not votes_file.is_file():
        yield from zip(rows, repeat(None))
        return
    for row, votes in zip_longest(rows, read_columns(votes_file, ("Usage", *VOTE_COLUMNS))):
        if row is None or votes is None:
            shorter, longer = (file, votes_file) if row is None else (votes_file, file)
            raise InputError(f"{shorter}: fewer rows than {longer.name}; the rows must match")
        yield row, votes


def _parse_pixels(where: str, text: str) -> NDArray[np.uint8]:
    try:
        pixels = np.frombuffer(bytes(map(int, text.split())), np.uint8)
    except ValueError as error:
        raise InputError(f"{where}: a pixel is not an integer from 0 to 255; fix or remove the row") from error
    if pixels.size != SIDE * SIDE:
        raise InputError(f"{where}: {pixels.size} pixels instead of {SIDE} x {SIDE}; fix or remove the row")
    return pixels.reshape(SIDE, SIDE)


def _parse_label(where: str, text: str) -> int:
    numbers = [str(number) for number in range(len(_NUMBERED))]
    if text not in numbers:
        raise InputError(f"{where}: the emotion is {text!r}; it must be a number from 0 to {len(_NUMBERED) - 1}")
    return emotion_index(_NUMBERED[int(text)])
