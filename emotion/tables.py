"""Tables as CSV files that appear complete or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emotion.files import replacing, writing

Rows = Iterable[Sequence[object]]


@contextmanager
def written_csv(path: Path, columns: Sequence[str]) -> Iterator[Callable[[Rows], None]]:
    """Yield a function that adds rows below ``columns``; the file, in UTF-8, appears at the end.

    After an exception, nothing is written. Raises InputError if the file cannot be written: at the beginning if its
    folder does not exist or is not writable, at the end if writing failed; what is added after that is dropped.
    """
    problem: OSError | None = None
    with replacing(path) as temporary:
        with writing(path):
            # A name of a file that is not UTF-8 is written as it is.
            file = temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="")
        table = csv.writer(file, lineterminator="\n")

        def add(rows: Rows) -> None:
            nonlocal problem
            try:
                if problem is None:
                    table.writerows(rows)
            except OSError as error:
                problem = error

        try:
            add([columns])
            yield add
            with writing(path):
                if problem is not None:
                    raise problem
        finally:
            with writing(path):
                file.close()
