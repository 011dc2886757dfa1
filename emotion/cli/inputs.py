"""Which pictures a command processes: files, folders, patterns and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.cli.errors import print_warning
from emotion.errors import InputError
from emotion.hidden_files import is_hidden
from emotion.pictures import ANNOTATED, decode_picture, is_picture_name, picture_files, read_picture

STANDARD_INPUT = "-"
"""Used instead of a path: one picture, read from standard input."""

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class PictureInput:
    """A picture to process.

    path: its file; None for standard input.
    place: where it is below the folder, or the fixed part of the pattern, that was given; a file given by itself is at
        its name.
    """

    path: Path | None
    place: Path

    @property
    def name(self) -> str:
        """What results call it: the path, or ``-``."""
        return STANDARD_INPUT if self.path is None else str(self.path)

    def read(self) -> NDArray[np.uint8]:
        """Return the picture as BGR, (H, W, 3) uint8. Raises InputError if it cannot be read completely."""
        return _read_standard_input() if self.path is None else read_picture(self.path)


@dataclass(frozen=True)
class BadInput:
    """A path that was given and at which there is no picture."""

    name: str
    error: InputError


def find_pictures(paths: Sequence[str], recursive: bool = False) -> tuple[list[PictureInput], list[BadInput]]:
    """Return the pictures at all paths, each once, and the paths that have none.

    paths: of files, or of folders, which stand for the pictures in them; ``-`` is standard input. A path that does not
        exist and has ``*``, ``?`` or ``[`` in it is a pattern, which stands for the pictures that match it; ``**``
        stands for any number of folders.
    recursive: whether a folder also stands for the pictures in the folders below it.
    Files in folders, or that match a pattern, but are not pictures by their extension, are named in a warning. Raises
    InputError if there are only annotated copies.
    """
    pictures: dict[tuple[str, str] | None, PictureInput] = {}
    bad: list[BadInput] = []
    for path in paths:
        try:
            found = [PictureInput(None, Path("stdin"))] if path == STANDARD_INPUT else _at(path, recursive)
        except InputError as error:
            bad.append(BadInput(path, error))
            continue
        for picture in found:
            pictures.setdefault(picture.path and _place_of(picture.path), picture)
    if not pictures and not bad:
        raise InputError(f"{paths[0]}: this is an annotated copy; give the original picture")
    return list(pictures.values()), bad


def _place_of(path: Path) -> tuple[str, str]:
    """Return folder and name, which are equal for all paths to a file. A link to a file is another file."""
    return os.path.realpath(path.parent), path.name


def _at(path: str, recursive: bool) -> list[PictureInput]:
    """Return the pictures at a path or pattern."""
    if _WILDCARDS & set(path) and not os.path.lexists(path) and (files := _matches(path)):
        return files
    left_out: list[Path] = []
    files = picture_files(path, left_out.append, recursive)
    _warn_of(path, left_out)
    return [PictureInput(file, _below(file, Path(path))) for file in files]


def _matches(pattern: str) -> list[PictureInput]:
    """Return the pictures among the files that match a pattern, sorted by path. Raises InputError for a wrong one."""
    parts = Path(pattern).parts
    first = next(index for index, part in enumerate(parts) if _WILDCARDS & set(part))
    fixed = Path(*parts[:first])
    try:
        found = sorted(fixed.glob("/".join(parts[first:]) + "/*" * (parts[-1] == "**")))
    except ValueError as error:
        raise InputError(f"{pattern}: not a pattern; ** must be a folder by itself, as in photos/**/*.jpg") from error
    visible = [file for file in found if file.is_file() and not any(map(is_hidden, _below(file, fixed).parts))]
    left_out = [file for file in visible if not is_picture_name(file.name)]
    _warn_of(pattern, [file for file in left_out if not file.name.endswith(ANNOTATED)])
    return [PictureInput(file, _below(file, fixed)) for file in visible if is_picture_name(file.name)]


def _below(file: Path, folder: Path) -> Path:
    return Path(file.name) if file == folder else file.relative_to(folder)


def _warn_of(path: str, left_out: list[Path]) -> None:
    if left_out:
        count = f"{len(left_out)} file{'s' * (len(left_out) > 1)}"
        names = ", ".join(file.name for file in left_out[:5])
        print_warning(f"{path}: {count} left out: {names}{', ...' * (len(left_out) > 5)}")


def _read_standard_input() -> NDArray[np.uint8]:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("standard input: no picture; redirect one into it, as in: -p - < photo.jpg")
    return decode_picture(sys.stdin.buffer.read(), "standard input")
