"""The table of the evaluate command: a row for each face, with columns that ``docs/evaluation.md`` describes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from emotion.datasets import FaceDataset
from emotion.evaluation import Evaluation
from emotion.labels import EMOTIONS
from emotion.tables import written_csv

COLUMNS = ("name", "subject", "true_emotion", "emotion", "confidence", "uncertain", *EMOTIONS, "seen_in_training")
"""Columns of the table."""


def write_answers(path: Path, faces: FaceDataset, evaluation: Evaluation) -> None:
    """Write the answers of an evaluation of these faces. Raises InputError if the file cannot be written."""
    with written_csv(path, COLUMNS) as add_rows:
        add_rows(_rows(faces, evaluation))


def _rows(faces: FaceDataset, evaluation: Evaluation) -> Iterator[list[object]]:
    seen = repeat("", len(faces)) if evaluation.leak is None else map(_truth, evaluation.leak.overlap.any)
    for name, subject, label, probabilities, seen_in_training in zip(
        faces.names, faces.subjects, faces.labels, evaluation.probabilities, seen, strict=True
    ):
        confidence = probabilities.max()
        yield [
            name,
            subject,
            EMOTIONS[label],
            EMOTIONS[probabilities.argmax()],
            f"{confidence:.6f}",
            _truth(confidence < evaluation.calibration.min_confidence),
            *(f"{probability:.6f}" for probability in probabilities),
            seen_in_training,
        ]


def _truth(value: object) -> str:
    return "true" if value else "false"
