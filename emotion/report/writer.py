"""Reports as files that appear complete or not at all, written while the pictures are processed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from emotion.files import replacing, writing
from emotion.report.page import (
    LARGEST_COUNTS,
    TABLE_END,
    TABLE_START,
    Counts,
    Name,
    face_row,
    report_end,
    report_start,
    summary,
)

if TYPE_CHECKING:
    from emotion.face import Face

_ROOM = len(summary(LARGEST_COUNTS))  # for the counts, which are known at the end and stand at the beginning


class Report:
    """A report that is being written. Of the pictures, only names and messages are kept in memory.

    The first error in writing is kept until `finish` raises it; what is added after that is dropped.
    """

    def __init__(self, file: BinaryIO, folder: Path, network: str, threshold: float, explained: bool) -> None:
        self._file, self._folder = file, folder
        self._counts = Counts()
        self._without_face: list[Name] = []
        self._errors: list[str] = []
        self._problem: OSError | None = None
        self._write(report_start(network, threshold, explained))
        self._summary_at = file.tell()
        self._write(" " * _ROOM + "\n")

    def add(self, name: str, path: Path | None, faces: Sequence[Face], images: Sequence[str]) -> None:
        """Add a picture.

        name: what the picture is called.
        path: its file; None if it is not one.
        images: of the faces, as by `emotion.report.images.face_images`.
        """
        picture = Name(name, path and self._link(path))
        if not faces:
            self._without_face.append(picture)
        elif not self._counts.faces:
            self._write(TABLE_START)
        for number, (face, image) in enumerate(zip(faces, images, strict=True), 1):
            self._write(face_row(picture, number, len(faces), face, image))
        self._counts.pictures += 1
        self._counts.emotions.update(face.emotion for face in faces)
        self._counts.uncertain += sum(face.uncertain for face in faces)

    def fail(self, message: str) -> None:
        """Add a picture that could not be processed."""
        self._counts.pictures += 1
        self._errors.append(message)

    def finish(self) -> None:
        """Write what is known now only. Raises the first OSError there was in writing."""
        counts = self._counts
        counts.without_face, counts.errors = len(self._without_face), len(self._errors)
        self._write((TABLE_END if counts.faces else "") + report_end(self._without_face, self._errors))
        if self._problem:
            raise self._problem
        self._file.seek(self._summary_at)
        self._write(summary(counts))

    def _write(self, html: str) -> None:
        try:
            if self._problem is None:
                self._file.write(html.encode("utf-8"))
        except OSError as error:
            self._problem = error

    def _link(self, path: Path) -> str:
        """Return the address of a file, relative to the report if that is possible."""
        try:
            relative = os.path.relpath(path, self._folder)
        except ValueError:  # they are on different drives
            return path.absolute().as_uri()
        return quote(os.fsencode(Path(relative).as_posix()))


@contextmanager
def written_report(path: Path, network: str, threshold: float, explained: bool = False) -> Iterator[Report]:
    """Yield a report to add pictures to; the file appears at the end.

    network: the name of the network that recognised the emotions.
    threshold: the probability below which they are uncertain.
    explained: whether the images of a face include a heat map.
    After an exception, nothing is written. Raises InputError if the file cannot be written: at the beginning if its
    folder does not exist or is not writable, at the end if writing failed.
    """
    with replacing(path) as temporary:
        with writing(path):
            file = temporary.open("wb")
        try:
            report = Report(file, path.parent, network, threshold, explained)
            yield report
            with writing(path):
                report.finish()
        finally:
            with writing(path):
                file.close()
