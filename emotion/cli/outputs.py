"""What the predict command writes about the faces of a picture: lines of text or of JSON, and a table in CSV.

The lines of JSON and the columns of the table are described in ``docs/prediction.md``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from emotion.cli.errors import printable
from emotion.labels import EMOTIONS
from emotion.tables import written_csv

if TYPE_CHECKING:
    from emotion.face import Face

JSON_VERSION = 1
"""Version of the lines of JSON; it grows when a program that reads them has to change."""

COLUMNS = ("picture", "face", "x", "y", "width", "height", "score", "emotion", "confidence", "uncertain", *EMOTIONS)
"""Columns of the table."""


def as_text(name: str, faces: Sequence[Face], copy: Path | None) -> str:
    """Return the lines of text for a picture: one with its name, one for each face, and one for its annotated copy."""
    name = printable(name)
    if not faces:
        return f"{name}: no face found"
    lines = [f"{name}: {len(faces)} face{'s' if len(faces) > 1 else ''}"]
    answers = [_answer(face) for face in faces]
    longest = max(map(len, answers))
    for answer, face in zip(answers, faces, strict=True):
        x, y, width, height = face.box
        score = "" if face.score is None else f", score {face.score:.1f}"
        lines.append(f"  {answer:<{longest}}   {width} x {height} at ({x}, {y}){score}")
    if copy:
        lines.append(f"  saved {printable(copy)}")
    return "\n".join(lines)


def _answer(face: Face) -> str:
    if face.uncertain:
        return f"uncertain ({face.emotion} {face.confidence:.1%})"
    return f"{face.emotion:<8} {face.confidence:6.1%}"


def as_json(name: str, faces: Sequence[Face], copy: Path | None) -> str:
    """Return the line of JSON for a picture."""
    return json.dumps(
        {
            "version": JSON_VERSION,
            "picture": name,
            "faces": [asdict(face) for face in faces],
            "annotated": str(copy) if copy else None,
        }
    )


def error_as_json(name: str, error: object) -> str:
    """Return the line of JSON for a picture that could not be processed."""
    return json.dumps({"version": JSON_VERSION, "picture": name, "error": printable(error)})


class FaceTable:
    """A CSV file with a row for each face, as a context: the file appears when the context ends without an exception.

    Raises InputError if the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._table = written_csv(path, COLUMNS)

    def __enter__(self) -> FaceTable:
        self._add_rows = self._table.__enter__()
        return self

    def add(self, name: str, faces: Sequence[Face]) -> None:
        """Append the faces of a picture."""
        self._add_rows(_row(name, number, face) for number, face in enumerate(faces, 1))

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._table.__exit__(kind, error, trace)


def _row(name: str, number: int, face: Face) -> list[object]:
    score = "" if face.score is None else round(face.score, 3)
    probabilities = [round(probability, 6) for probability in face.probabilities.values()]
    answer = [face.emotion, round(face.confidence, 6), "true" if face.uncertain else "false"]
    return [name, number, *face.box, score, *answer, *probabilities]
