"""A CSV file that lists picture files and their emotions, as AffectNet and most custom data sets have one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from emotion.datasets.csv_rows import checked, csv_files, find_columns, read_columns, read_header
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.label_mapping import LabelMapping
from emotion.datasets.labelled_pictures import LabelledPicture, load_crops
from emotion.datasets.left_out import Tolerance
from emotion.datasets.options import LoadOptions
from emotion.datasets.parts import part_in_row
from emotion.errors import InputError

_FILE_NAMES = {
    "file", "file_name", "filename", "file_path", "filepath", "image", "image_name", "image_path", "img", "path",
    "picture", "pth", "subdirectory_filepath",
}  # fmt: skip
_EMOTION_NAMES = {"class", "emotion", "expression", "label"}
_PART_NAMES = {"part", "split", "subset", "usage"}
_SUBJECT_NAMES = {"person", "person_id", "subject", "subject_id"}


class _Columns(NamedTuple):
    """The names of the columns in a table; None for those that it does not have."""

    file: str | None
    emotion: str | None
    part: str | None
    subject: str | None


def is_file_table(path: Path, options: LoadOptions) -> bool:
    """Whether ``path`` is a CSV file with columns for file and emotion, or a folder with such files."""
    return bool(_candidates(path, options.labels))


def parts_of_file_table(path: Path, options: LoadOptions) -> set[str]:
    """Return the parts that occur in the column of the part; none without it."""
    table, columns = _find(path, options.labels)
    return {row.part for row in _rows(table, columns, Tolerance()) if row.part}


def load_file_table(path: Path, options: LoadOptions) -> FaceDataset:
    """Load the cropped faces that the rows of a part list, in that order.

    The subject is in a column, or the mapping finds it in the name of the file.

    Leaves out invalid rows, missing and unreadable pictures, and labels to which the mapping gives no emotion. Raises
    InputError for several such tables in the folder, unknown emotions, too many rows or pictures that cannot be used,
    or if no faces remain.
    """
    table, columns = _find(path, options.labels)
    part, tolerance = options.part, Tolerance()
    rows = [row for row in _rows(table, columns, tolerance) if row.part == part]
    meaning = options.labels.meanings(
        [row.emotion for row in rows], str(table), "say what it means in a file for --labels"
    )
    options.labels.warn_of_unused(table, meaning)
    folder = table.parent / options.labels.root
    pictures, unused = [], []
    for row in rows:
        file = folder / (PureWindowsPath(row.file).as_posix() if "\\" in row.file else row.file)
        label = meaning[row.emotion]
        if label is None:
            unused.append(file)
        else:
            subject = row.subject or options.labels.subject_of(row.file.replace("\\", "/"))
            pictures.append(LabelledPicture(file, label, subject, where=row.where))
    tolerance.leave_out(unused, f"{options.labels.origin} gives their labels no emotion")
    return load_crops(table, f"{table.name} ({part})" if part else table.name, pictures, options, tolerance)


class _TableRow(NamedTuple):
    """A row with its part, or None in a table without parts."""

    where: str
    file: str
    emotion: str
    part: str | None
    subject: str


def _rows(table: Path, columns: _Columns, tolerance: Tolerance) -> Iterator[_TableRow]:
    present = [column for column in columns if column]
    for unchecked in read_columns(table, present):
        row = None
        with tolerance.tolerating():
            where, fields = checked(unchecked)
            by_name = dict(zip(present, fields, strict=True))
            file, emotion, part, subject = (by_name.get(column, "") for column in columns)
            row = _TableRow(where, file, emotion, part_in_row(where, part) if columns.part else None, subject)
        if row is not None:
            yield row


def _candidates(path: Path, labels: LabelMapping) -> list[Path]:
    return [file for file in csv_files(path) if all(_possible(read_header(file), labels)[:2])]


def _possible(header: Sequence[str], labels: LabelMapping) -> list[list[str]]:
    """Return the columns that may be meant by each of ``_Columns``."""
    named = (labels.file, labels.emotion, labels.part, "")
    return [
        [name] * (name in header) if name else find_columns(header, common)
        for name, common in zip(named, (_FILE_NAMES, _EMOTION_NAMES, _PART_NAMES, _SUBJECT_NAMES), strict=True)
    ]


def _find(path: Path, labels: LabelMapping) -> tuple[Path, _Columns]:
    """Return the table at ``path``.

    Raises InputError if there are several, several columns for the same, or not the column that the mapping names.
    """
    tables = _candidates(path, labels)
    if len(tables) > 1:
        raise InputError(f"{path}: several tables of faces; give one of {', '.join(table.name for table in tables)}")
    possible = _possible(read_header(tables[0]), labels)
    if labels.part and not possible[_Columns._fields.index("part")]:
        raise InputError(f"{tables[0]}: no column {labels.part} for the part, as {labels.origin} says; correct it")
    for role, columns in zip(_Columns._fields, possible, strict=True):
        if len(columns) > 1:
            raise InputError(
                f"{tables[0]}: the {role} may be in the columns {' and '.join(columns)}; "
                f'say which with {role} = "..." in a file for --labels'
            )
    return tables[0], _Columns(*(columns[0] if columns else None for columns in possible))
