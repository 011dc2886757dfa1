"""Tables of the faces in a video as CSV: a row for each face in each frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from emotion.labels import EMOTIONS
from emotion.tables import written_csv
from emotion.video.results import FrameResult

COLUMNS = (
    "time",
    "frame",
    "id",
    "x",
    "y",
    "width",
    "height",
    "score",
    "emotion",
    "confidence",
    "uncertain",
    *EMOTIONS,
)
"""Time in seconds, number of the frame from 0, number of the face from 1, box in pixels, and what a `Face` says."""


@contextmanager
def written_table(path: Path) -> Iterator[Callable[[FrameResult], None]]:
    """Yield a function that adds the rows of a frame; the file appears, complete, at the end.

    After an exception, nothing is written. Raises InputError if the file cannot be written.
    """
    with written_csv(path, COLUMNS) as add_rows:
        yield lambda result: add_rows(_rows(result))


def _rows(result: FrameResult) -> Iterator[list]:
    for face in result.faces:
        probabilities = [f"{probability:.6f}" for probability in face.probabilities.values()]
        answer = face.emotion, f"{face.confidence:.6f}", str(face.uncertain).lower()
        yield [f"{result.time:.4f}", result.number, face.id, *face.box, f"{face.score:.4f}", *answer, *probabilities]
