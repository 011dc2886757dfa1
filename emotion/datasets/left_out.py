"""Files and rows of a data set that cannot be used: they are left out and named, unless they are too many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from emotion.errors import InputError

MAX_SHARE = 0.1
"""The largest share of a data set that may be unusable; with more, something else is wrong than single files."""

_NAMED = 3  # of those left out for the same reason


class LeftOut(NamedTuple):
    """A file or row that is not used, and why."""

    name: str
    reason: str


class Tolerance:
    """Collects what is left out of a data set.

    left_out: what was left out so far.
    """

    def __init__(self) -> None:
        self.left_out: list[LeftOut] = []
        self._errors: list[InputError] = []

    def leave_out(self, files: Iterable[Path], reason: str) -> None:
        """Leave out files that are not meant to be used."""
        self.left_out += [LeftOut(str(file), reason) for file in files]

    @contextmanager
    def tolerating(self) -> Iterator[None]:
        """Inside the context, an InputError ends what is done there, and its file or row is left out."""
        try:
            yield
        except InputError as error:
            name, _, reason = str(error).partition("; ")[0].rpartition(": ")
            self.left_out.append(LeftOut(name, reason))
            self._errors.append(error)

    def check(self, where: object, used: int) -> None:
        """Raise InputError, beginning with ``where``, if errors were more than ``MAX_SHARE`` of all.

        used: the number of those without an error.
        """
        bad = len(self._errors)
        if bad > MAX_SHARE * (used + bad):
            first = self._errors[0]
            raise InputError(f"{where}: {bad} of {used + bad} cannot be used, such as {first}") from first


def describe_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """Return a sentence for each reason: how many were left out for it, and the names of the first ones."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in left_out:
        by_reason[reason].append("/".join(Path(name).parts[-2:]))
    return [
        f"left out, {reason}: {len(names):,} ({', '.join(names[:_NAMED])}{', ...' * (len(names) > _NAMED)})"
        for reason, names in by_reason.items()
    ]
