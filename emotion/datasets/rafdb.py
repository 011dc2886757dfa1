"""The basic emotions of RAF-DB as released: a list of files and labels, and faces aligned to their landmarks.

Source: S. Li, W. Deng and J. Du, "Reliable crowdsourcing and deep locality-preserving learning for expression
recognition in the wild" (CVPR 2017).
"""

from __future__ import annotations

from pathlib import Path

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.labelled_pictures import LabelledPicture, load_crops
from emotion.datasets.options import LoadOptions
from emotion.errors import InputError
from emotion.labels import emotion_index

LIST = "list_patition_label.txt"  # sic

_NUMBERED = ("surprise", "fear", "disgust", "happy", "sadness", "anger", "neutral")
"""The emotions in the order of their numbers, from 1."""


def is_rafdb(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` is the list of files and labels, or a folder that contains it or ``EmoLabel/`` with it."""
    return _find(path) is not None


def parts_of_rafdb(path: Path, options: LoadOptions) -> set[str]:
    """Return the parts that occur in the names of the listed files, such as ``train_00001.jpg``."""
    return {name.partition("_")[0] for _, name, _ in _rows(_find(path))}


def load_rafdb(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the aligned faces of a part, in the order of the list. Subjects are unknown.

    Leaves out missing and unreadable pictures. Raises InputError for an invalid row (with its number), and for too many
    such pictures.
    """
    file = _find(path)
    rows = [(where, name, label) for where, name, label in _rows(file) if name.startswith(f"{options.part}_")]
    folder = _aligned(file, rows[0][1])
    pictures = [LabelledPicture(folder / _aligned_name(name), label, where=where) for where, name, label in rows]
    return load_crops(path, f"{path.resolve().name} ({options.part})", pictures, options)


def _find(path: Path) -> Path | None:
    return next(
        (file for file in (path, path / LIST, path / "EmoLabel" / LIST) if file.name == LIST and file.is_file()), None
    )


def _rows(file: Path) -> list[tuple[str, str, int]]:
    """Return where each row is, the name of the picture and its label."""
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        where = f"{file}, row {number}"
        if len(fields) != 2 or not fields[0].startswith(("train_", "test_")):
            raise InputError(f"{where}: {line[:40]!r}; it must be a file and a label, such as train_00001.jpg 5")
        if fields[1] not in list("1234567"):
            raise InputError(f"{where}: the label is {fields[1][:20]!r}; it must be a number from 1 to 7")
        rows.append((where, fields[0], emotion_index(_NUMBERED[int(fields[1]) - 1])))
    if not rows:
        raise InputError(f"{file}: lists no files; download it again")
    return rows


def _aligned(file: Path, name: str) -> Path:
    """Return the folder of the aligned faces, in which ``name`` is."""
    top = file.parent.parent if file.parent.name == "EmoLabel" else file.parent
    folders = (top / "Image" / "aligned", top / "aligned", top)
    for folder in folders:
        if (folder / _aligned_name(name)).is_file():
            return folder
    raise InputError(
        f"{folders[0]}: no {_aligned_name(name)} there; unpack the aligned faces of RAF-DB into this folder"
    )


def _aligned_name(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    return f"{stem}_aligned{dot}{extension}"
