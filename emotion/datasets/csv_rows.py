"""Rows of a csv file, each with the words that say where it is, so that a broken one can be named."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from emotion.errors import InputError

Row = tuple[str, list[str]]
"""``"FILE, row N"`` (the first row is 1) and the row's fields without blanks around them."""


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of a csv file, blank ones left out; InputError when it can't be read as text."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            for number, fields in enumerate(csv.reader(stream), 1):
                if fields:
                    yield f"{file}, row {number}", [field.strip() for field in fields]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: can't be read as a csv file ({error}); download it again") from error


def read_columns(file: Path, names: Sequence[str]) -> Iterator[Row]:
    """The rows below the header, each with the fields of the columns called ``names``, in that order.

    Raises InputError for a column that is missing and for a row with more or fewer fields than the header.
    """
    rows = read_rows(file)
    _, header = next(rows, ("", []))
    missing = [name for name in names if name not in header]
    if missing:
        raise InputError(f"{file}: no column {', '.join(missing)}; the first row must name {', '.join(names)}")
    places = [header.index(name) for name in names]
    for where, fields in rows:
        if len(fields) != len(header):
            raise InputError(
                f"{where}: {len(fields)} fields where the header has {len(header)}; mend or remove the row"
            )
        yield where, [fields[place] for place in places]
