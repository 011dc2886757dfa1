"""Confidence intervals of accuracy and macro recall by bootstrap.

Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13: the percentile interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.datasets.splits import subject_numbers
from emotion.errors import InputError
from emotion.labels import EMOTIONS

RESAMPLES = 1000
LEVEL = 0.95

Interval = tuple[float, float]
"""Lower and upper end."""


@dataclass(frozen=True)
class Intervals:
    """Intervals that contain the values for all faces of the same kind in about 95% of such evaluations.

    accuracy, macro_recall: the intervals; NaN if there is nothing to resample, as all faces show one subject.
    unit: what was resampled: "subjects" if they are known, otherwise "faces".
    units: the number of subjects or faces; identical faces of an unknown subject count as one.
    """

    accuracy: Interval
    macro_recall: Interval
    unit: str
    units: int


def bootstrap_intervals(
    faces: FaceDataset, predictions: NDArray[np.integer], rng: np.random.Generator, resamples: int = RESAMPLES
) -> Intervals:
    """Compute the 95% intervals of accuracy and macro recall for the predicted classes (N,) of N faces.

    Faces of one subject are not independent of each other, so subjects are resampled where they are known. The macro
    recall of a resample is the mean over the emotions that occur in it. Raises InputError for N = 0.
    """
    if len(faces) == 0:
        raise InputError("there are no faces to evaluate")
    numbers = subject_numbers(faces)
    units = int(numbers.max()) + 1
    counts = np.zeros((units, 2 * len(EMOTIONS)), np.int64)  # faces of each emotion, then those recognised
    np.add.at(counts, (numbers, faces.labels), 1)
    np.add.at(counts, (numbers, len(EMOTIONS) + faces.labels), predictions == faces.labels)
    # Units with equal counts are interchangeable: it only matters how many of each kind are in a resample.
    kinds, frequency = np.unique(counts, axis=0, return_counts=True)
    sums = rng.multinomial(units, frequency / units, size=resamples) @ kinds
    support, correct = sums[:, : len(EMOTIONS)], sums[:, len(EMOTIONS) :]
    recall = np.full(support.shape, np.nan)
    np.divide(correct, support, out=recall, where=support > 0)
    return Intervals(
        accuracy=_interval(correct.sum(axis=1) / support.sum(axis=1), units),
        macro_recall=_interval(np.nanmean(recall, axis=1), units),
        unit="subjects" if (faces.subjects != "").any() else "faces",
        units=units,
    )


def _interval(values: NDArray[np.float64], units: int) -> Interval:
    if units < 2:
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
