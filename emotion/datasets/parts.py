"""The parts of a data set, for training, for validation and for the test: their names, and how one is chosen."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from emotion.datasets.visible import visible_folders
from emotion.errors import InputError

PARTS = ("train", "validation", "test")

FOR_TRAINING = ("train",)
FOR_VALIDATION = ("validation",)
FOR_TEST = ("test", "validation")
"""The parts that serve a purpose, best first."""

_SPELLINGS = {
    "train": ("train", "training", "fer2013train"),
    "validation": ("validation", "valid", "val", "publictest", "fer2013valid"),
    "test": ("test", "testing", "privatetest", "fer2013test"),
}
_PART = {spelling: part for part, spellings in _SPELLINGS.items() for spelling in spellings}


def part_named(name: str) -> str | None:
    """Return the part of which this is a common name, in any case, or None: ``"PublicTest"`` is the validation part."""
    return _PART.get(name.strip().casefold().removesuffix("_set"))


def part_in_row(where: str, name: str) -> str:
    """Return the part that a row names. Raises InputError, beginning with ``where``, if it is none."""
    part = part_named(name)
    if part is None:
        raise InputError(
            f"{where}: unknown part {name!r}; it must be one of {', '.join(PARTS)}, or Training and the like"
        )
    return part


def split_part(path: str | os.PathLike) -> tuple[Path, str | None]:
    """Split ``PATH:PART`` into the path and the part; the part is None if the path exists as it is or names none.

    Raises InputError if what follows the last colon of an existing path is not a part.
    """
    text = os.fspath(path)
    before, _, name = text.rpartition(":")
    if not before or Path(text).exists():
        return Path(text), None
    part = part_named(name)
    if part is None and Path(before).exists():
        raise InputError(f"{text}: unknown part {name!r}; choose from {', '.join(PARTS)}")
    return (Path(text), None) if part is None else (Path(before), part)


def choose_part(path: Path, found: Collection[str], named: str | None, wanted: Sequence[str]) -> str | None:
    """Return the part to use of a data set that has the parts ``found``: the named one, or the first that is wanted.

    Returns None if there are none. Raises InputError if the one to use is missing.
    """
    found = [part for part in PARTS if part in found]
    if not found:
        if named:
            raise InputError(f"{path}: has no parts; leave out ':{named}'")
        return None
    candidates = [named] if named else list(wanted)
    chosen = next((part for part in candidates if part in found), None)
    if chosen is None:
        raise InputError(
            f"{path}: has no part {' or '.join(candidates)}, only {' and '.join(found)}; "
            f"choose one, as in {path}:{found[0]}"
        )
    return chosen


def part_folders(path: Path) -> dict[str, Path]:
    """Return the folders in ``path`` that are named like parts, by part, whatever is in them.

    Raises InputError if two are named like the same part.
    """
    folders: dict[str, Path] = {}
    for folder in visible_folders(path):
        if part := part_named(folder.name):
            if part in folders:
                raise InputError(f"{path}: {folders[part].name} and {folder.name} are the same part; give one of them")
            folders[part] = folder
    return folders
