"""Rows of a CSV file, each with its location for error messages, and columns found by common names."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from emotion.datasets.visible import visible_files
from emotion.errors import InputError

Row = tuple[str, list[str]]
"""The location ``"FILE, row N"`` (rows count from 1) and the stripped fields of the row."""

UncheckedRow = tuple[str, list[str] | InputError]
"""A row, or in place of its fields the InputError that says why they cannot be used."""


def checked(row: UncheckedRow) -> Row:
    """Return the row. Raises its InputError if it has one."""
    where, fields = row
    if isinstance(fields, InputError):
        raise fields
    return where, fields


def csv_files(path: Path) -> list[Path]:
    """Return the CSV files at a path: the file itself if it is one, or those in the folder, sorted by name."""
    return visible_files(path, ".csv") if path.is_dir() else [path] * (path.suffix.lower() == ".csv")


def read_rows(file: Path) -> Iterator[Row]:
    """Yield the rows of a CSV file, skipping blank ones. Raises InputError if the file cannot be read as text."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            for number, fields in enumerate(csv.reader(stream), 1):
                if fields:
                    yield f"{file}, row {number}", [field.strip() for field in fields]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: cannot be read as a CSV file ({error}); download it again") from error


def read_header(file: Path) -> list[str]:
    """Return the fields of the first row, or none if the file is empty or cannot be read as text."""
    try:
        return next(read_rows(file), ("", []))[1]
    except InputError:
        return []


def find_columns(header: Sequence[str], names: Collection[str]) -> list[str]:
    """Return the columns that have one of these names, in any case and with any of ``_- `` between words."""
    return [column for column in header if column.lower().replace(" ", "_").replace("-", "_") in names]


def read_columns(file: Path, names: Sequence[str]) -> Iterator[UncheckedRow]:
    """Yield the rows below the header with the fields of the columns ``names``, in that order.

    A row that has more or fewer fields than the header has an InputError instead. Raises InputError for a missing
    column.
    """
    rows = read_rows(file)
    _, header = next(rows, ("", []))
    missing = [name for name in names if name not in header]
    if missing:
        raise InputError(f"{file}: no column {', '.join(missing)}; the first row must name {', '.join(names)}")
    columns = [header.index(name) for name in names]
    for where, fields in rows:
        if len(fields) == len(header):
            yield where, [fields[column] for column in columns]
        else:
            problem = f"{len(fields)} fields, but the header has {len(header)}; fix or remove the row"
            yield where, InputError(f"{where}: {problem}")
