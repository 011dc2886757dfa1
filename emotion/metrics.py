"""Classification metrics: accuracy, macro recall, precision, recall and F1 per emotion, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError
from emotion.labels import EMOTIONS

if TYPE_CHECKING:
    from emotion.bootstrap import Interval, Intervals


@dataclass(frozen=True)
class Report:
    """The metrics of one evaluation. A ratio with a zero denominator is NaN.

    matrix: (8, 8) int64, the number of faces with true emotion [row] predicted as [column].
    accuracy: the share of correctly classified faces.
    macro_recall: the mean of ``recall`` over the emotions that occur, which weights rare and common ones equally.
    precision: (8,) float64, the share of faces predicted as this emotion that show it.
    recall: (8,) float64, the share of faces showing this emotion that are predicted as it.
    f1: (8,) float64, the harmonic mean of precision and recall.
    support: (8,) int64, the number of faces showing this emotion.
    """

    matrix: NDArray[np.int64]
    accuracy: float
    macro_recall: float
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def confusion_matrix(
    labels: NDArray[np.integer], predictions: NDArray[np.integer], classes: int = len(EMOTIONS)
) -> NDArray[np.int64]:
    """Count how often each true class (row) was predicted as each class (column).

    labels, predictions: (N,) class labels. Returns (classes, classes) int64. Raises InputError for unequal lengths.
    """
    if len(labels) != len(predictions):
        raise InputError(f"got {len(labels)} labels but {len(predictions)} predictions; the numbers must be equal")
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def report(labels: NDArray[np.integer], predictions: NDArray[np.integer]) -> Report:
    """Compute all metrics from labels and predicted classes, both (N,). Raises InputError for N = 0."""
    if len(labels) == 0:
        raise InputError("there are no faces to evaluate")
    matrix = confusion_matrix(labels, predictions)
    correct = np.diag(matrix)
    support = matrix.sum(axis=1)
    predicted = matrix.sum(axis=0)
    recall = _ratio(correct, support)
    return Report(
        matrix=matrix,
        accuracy=float(correct.sum() / support.sum()),
        macro_recall=float(np.nanmean(recall)),
        precision=_ratio(correct, predicted),
        recall=recall,
        f1=_ratio(2 * correct, support + predicted),
        support=support,
    )


def format_report(figures: Report, intervals: Intervals | None = None) -> str:
    """Format the per-emotion metrics and the confusion matrix as plain text, 82 columns wide; "-" means undefined.

    intervals: what to show after accuracy and macro recall, if anything.
    """
    lines = [f"{'':<10}{'precision':>10}{'recall':>10}{'F1':>10}{'faces':>10}"]
    for index, emotion in enumerate(EMOTIONS):
        ratios = (figures.precision[index], figures.recall[index], figures.f1[index])
        cells = "".join(f"{format_percent(ratio):>10}" for ratio in ratios)
        lines.append(f"{emotion:<10}{cells}{figures.support[index] or '-':>10}")
    accuracy, macro_recall = format_percent(figures.accuracy), format_percent(figures.macro_recall)
    notes = []
    if intervals is not None:
        accuracy += _format_interval(intervals.accuracy)
        macro_recall += _format_interval(intervals.macro_recall)
        notes = [f"in brackets: 95% intervals, by resampling {intervals.units} {intervals.unit}"]
    lines += [
        "",
        f"accuracy {accuracy}, macro recall {macro_recall}, {figures.support.sum()} faces",
        *notes,
        "",
        "true emotion (rows) and predicted emotion (columns)",
        " " * 10 + "".join(f"{emotion:>9}" for emotion in EMOTIONS),
    ]
    for emotion, row in zip(EMOTIONS, figures.matrix, strict=True):
        lines.append(f"{emotion:<10}" + "".join(f"{count or '.':>9}" for count in row))
    return "\n".join(lines)


def format_spread(figures: Sequence[Report]) -> str:
    """Format mean and standard deviation of accuracy and macro recall over folds, in one line."""
    accuracy = np.array([figure.accuracy for figure in figures])
    recall = np.array([figure.macro_recall for figure in figures])
    return (
        f"mean over {len(figures)} folds: accuracy {accuracy.mean():.1%} ± {accuracy.std():.1%}, "
        f"macro recall {recall.mean():.1%} ± {recall.std():.1%}"
    )


def _ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio = np.full(len(numerator), np.nan)
    return np.divide(numerator, denominator, out=ratio, where=denominator > 0)


def _format_interval(interval: Interval) -> str:
    return f" ({format_percent(interval[0])} to {format_percent(interval[1])})"


def format_percent(ratio: float) -> str:
    """Format a ratio with one decimal; "-" for NaN."""
    return "-" if np.isnan(ratio) else f"{100 * ratio:.1f}%"
