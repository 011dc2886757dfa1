"""The evaluation of weights on labelled faces: all figures, as text and as JSON can express them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.bootstrap import LEVEL, RESAMPLES, Intervals, bootstrap_intervals
from emotion.calibration import Calibration, format_calibration, measure_calibration
from emotion.datasets.dataset import FaceDataset
from emotion.datasets.overlap import Overlap, find_overlap
from emotion.labels import EMOTIONS
from emotion.metrics import Report, format_report, report
from emotion.recognizer import EmotionRecognizer
from emotion.robustness import Slice, format_slices, measure_slices

JSON_VERSION = 1
"""Increased when a field of ``Evaluation.to_dict`` is removed or changes its meaning."""


@dataclass(frozen=True)
class Leak:
    """How many test faces were seen in training, in one way or another, and the figures without them.

    without: None if no faces remain.
    """

    overlap: Overlap
    without: Report | None


@dataclass(frozen=True)
class Evaluation:
    """All figures of one evaluation.

    probabilities: (N, 8) float32, of the emotions of each face.
    leak: None if the training faces were not given.
    slices: None if they were not measured.
    """

    probabilities: NDArray[np.float32]
    figures: Report
    intervals: Intervals
    calibration: Calibration
    leak: Leak | None = None
    slices: list[Slice] | None = None

    def to_text(self) -> str:
        """Format the figures as plain text, with a heading for each part but the first."""
        parts = [
            format_report(self.figures, self.intervals),
            "calibration\n\n" + format_calibration(self.calibration),
        ]
        if self.leak is not None:
            parts.append("faces that were seen in training\n\n" + _format_leak(self.leak))
        if self.slices is not None:
            parts.append("robustness\n\n" + format_slices(self.slices, self.figures))
        return "\n\n".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON can express them; docs/evaluation.md describes the fields. NaN becomes None."""
        figures, intervals = self.figures, self.intervals
        return _without_nan(
            {
                "version": JSON_VERSION,
                **_summary(figures),
                "intervals": {
                    "level": LEVEL,
                    "resamples": RESAMPLES,
                    "unit": intervals.unit,
                    "units": intervals.units,
                    "accuracy": list(intervals.accuracy),
                    "macro_recall": list(intervals.macro_recall),
                },
                "emotions": [
                    {
                        "emotion": emotion,
                        "faces": int(figures.support[index]),
                        "precision": float(figures.precision[index]),
                        "recall": float(figures.recall[index]),
                        "f1": float(figures.f1[index]),
                    }
                    for index, emotion in enumerate(EMOTIONS)
                ],
                "confusion_matrix": figures.matrix.tolist(),
                "calibration": asdict(self.calibration),
                "leak": None if self.leak is None else _leak_dict(self.leak),
                "slices": None
                if self.slices is None
                else [{"name": s.name, **_summary(s.figures), "changed": s.changed} for s in self.slices],
            }
        )


def evaluate(
    recognizer: EmotionRecognizer,
    faces: FaceDataset,
    train: FaceDataset | None = None,
    slices: bool = False,
    seed: int = 0,
    track: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> Evaluation:
    """Evaluate a recogniser on labelled faces.

    train: the faces that the weights were trained on, to find those that are in both, of the same size.
    slices: measure the accuracy by brightness, sharpness, framing and orientation, too.
    seed: seed of the resampling for the intervals.
    track: wraps the names of the changes of the faces that are measured for ``slices``, to show progress.

    Raises InputError if there are no faces, and `npcnn.serialization.WeightsError` if the weights overflow.
    """

    def classify(crops: NDArray[np.uint8]) -> NDArray[np.intp]:
        return recognizer.classify(crops).argmax(axis=1)

    probabilities = recognizer.classify(faces.faces)
    predictions = probabilities.argmax(axis=1)
    return Evaluation(
        probabilities=probabilities,
        figures=report(faces.labels, predictions),
        intervals=bootstrap_intervals(faces, predictions, np.random.default_rng(seed)),
        calibration=measure_calibration(probabilities, faces.labels, recognizer.metadata.min_confidence),
        leak=None if train is None else _find_leak(faces, train, predictions),
        slices=measure_slices(faces, predictions, classify, track) if slices else None,
    )


def _find_leak(faces: FaceDataset, train: FaceDataset, predictions: NDArray[np.intp]) -> Leak:
    overlap = find_overlap(faces, train)
    unseen = ~overlap.any
    return Leak(overlap, report(faces.labels[unseen], predictions[unseen]) if unseen.any() else None)


def _counts(overlap: Overlap) -> dict[str, int]:
    return {
        "same_picture": int(overlap.same_picture.sum()),
        "near_duplicate": int(overlap.near_duplicate.sum()),
        "same_subject": int(overlap.same_subject.sum()),
        "any": int(overlap.any.sum()),
    }


def _format_leak(leak: Leak) -> str:
    counts, faces = _counts(leak.overlap), len(leak.overlap.any)
    lines = [f"{name.replace('_', ' '):<16}{count:>8}{count / faces:>9.1%}" for name, count in counts.items()]
    if leak.without is None:
        rest = "without them: no faces are left"
    else:
        rest = (
            f"without them: accuracy {leak.without.accuracy:.1%}, macro recall {leak.without.macro_recall:.1%}, "
            f"{leak.without.support.sum()} faces"
        )
    return "\n".join([*lines, "", rest])


def _leak_dict(leak: Leak) -> dict[str, Any]:
    return _counts(leak.overlap) | {"without": None if leak.without is None else _summary(leak.without)}


def _summary(figures: Report) -> dict[str, Any]:
    return {
        "faces": int(figures.support.sum()),
        "accuracy": figures.accuracy,
        "macro_recall": figures.macro_recall,
    }


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value
