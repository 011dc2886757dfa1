"""Annotated copies of pictures: their names, and writing them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.cli.inputs import PictureInput
from emotion.errors import InputError
from emotion.pictures import ANNOTATED, write_picture


def name_copies(pictures: Sequence[PictureInput], folder: Path | None = None) -> list[Path | None]:
    """Return the path of the annotated copy of each picture.

    folder: where the copies go, in the same folders below it as the pictures, with a number where two would have the
        same path. By default each is next to its picture, and there is none (None) of standard input.
    Raises InputError if it is not a folder and cannot become one.
    """
    if folder is None:
        return [picture.path and _copy(picture.path) for picture in pictures]
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: not a folder; give --output a folder")
    if pictures:
        create_folder(folder)
    wanted = {_key(picture.place) for picture in pictures}
    used: set[str] = set()
    copies: list[Path | None] = []
    for picture in pictures:
        place, number = picture.place, 1
        while _key(place) in used or (number > 1 and _key(place) in wanted):
            number += 1
            place = picture.place.with_name(f"{picture.place.stem} ({number}){picture.place.suffix}")
        used.add(_key(place))
        copies.append(folder / _copy(place))
    return copies


def write_copy(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write an annotated copy, (H, W, 3) BGR uint8, and create its folder. Raises InputError if that is impossible."""
    create_folder(path.parent)
    write_picture(path, picture)


def create_folder(path: Path) -> None:
    """Create a folder, with those above it, unless it exists. Raises InputError if that is impossible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be created ({error.strerror}); choose another folder") from error


def _copy(path: Path) -> Path:
    return path.with_name(path.name + ANNOTATED)


def _key(path: Path) -> str:
    return os.path.normcase(path)
