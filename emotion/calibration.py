"""Calibration: do confidences say how often answers are right? Measure it, and fit the settings that decide it.

See `emotion.metadata.Metadata` for the settings (prior correction, temperature, threshold of uncertain answers), and
the papers behind them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError
from emotion.metadata import Metadata
from emotion.metrics import Report, report
from npcnn import WeightsError

ERROR_BINS = 15
TABLE_BINS = 10

_SHARES = np.linspace(0, 1, 41)
_TEMPERATURES = np.geomspace(0.25, 4, 81)
_THRESHOLDS = np.linspace(0.01, 0.99, 99)
_SLOPES = np.geomspace(0.25, 4, 17)
_ACCEPTED_LOSS = 0.005
"""Accuracy that the prior correction may cost, at most."""


@dataclass(frozen=True)
class Bin:
    """The answers with a confidence from ``low`` to ``high``; the first bin includes 0, the others not their ``low``.

    faces: their number.
    confidence, accuracy: their mean confidence, and the share of them that are right; NaN if there are none.
    """

    low: float
    high: float
    faces: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """How far the confidences of an evaluation can be relied on.

    error: the expected calibration error, 0 to 1, over 15 bins.
    bins: a reliability table of 10 bins, all of them.
    min_confidence: answers with a smaller confidence are uncertain.
    uncertain: the share of uncertain answers.
    certain_accuracy: the accuracy of the other answers; NaN if there are none.
    """

    error: float
    bins: list[Bin]
    min_confidence: float
    uncertain: float
    certain_accuracy: float


def measure_calibration(
    probabilities: NDArray[np.float32], labels: NDArray[np.integer], min_confidence: float
) -> Calibration:
    """Measure the calibration of probabilities (N, K) for labels (N,). Raises InputError for N = 0."""
    certain = probabilities.max(axis=1) >= min_confidence
    hits = probabilities.argmax(axis=1) == labels
    return Calibration(
        error=expected_calibration_error(probabilities, labels),
        bins=reliability_table(probabilities, labels),
        min_confidence=min_confidence,
        uncertain=float(1 - certain.mean()),
        certain_accuracy=float(hits[certain].mean()) if certain.any() else np.nan,
    )


def expected_calibration_error(
    probabilities: NDArray[np.float32], labels: NDArray[np.integer], bins: int = ERROR_BINS
) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal width, weighted by their faces.

    probabilities (N, K), labels (N,). Source: Naeini et al., Obtaining well calibrated probabilities using Bayesian
    binning (AAAI 2015). Raises InputError for N = 0.
    """
    table = reliability_table(probabilities, labels, bins)
    return sum(row.faces * abs(row.confidence - row.accuracy) for row in table if row.faces) / len(labels)


def reliability_table(
    probabilities: NDArray[np.float32], labels: NDArray[np.integer], bins: int = TABLE_BINS
) -> list[Bin]:
    """Return how often answers are right by their confidence, in bins of equal width.

    probabilities (N, K), labels (N,). Raises InputError for N = 0.
    """
    if len(labels) == 0:
        raise InputError("there are no faces to evaluate")
    confidence = probabilities.max(axis=1).astype(np.float64)
    hits = probabilities.argmax(axis=1) == labels
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    faces = np.bincount(index, minlength=bins)
    means = np.full((2, bins), np.nan)
    sums = np.stack([np.bincount(index, values, minlength=bins) for values in (confidence, hits)])
    np.divide(sums, faces, out=means, where=faces > 0)
    return [
        Bin(number / bins, (number + 1) / bins, int(faces[number]), float(means[0, number]), float(means[1, number]))
        for number in range(bins)
    ]


def format_calibration(calibration: Calibration) -> str:
    """Format the figures, and the bins that have faces, as plain text."""
    lines = [
        f"expected calibration error {calibration.error:.1%}",
        f"uncertain (confidence below {calibration.min_confidence:.0%}): {calibration.uncertain:.1%} of the answers; "
        + (
            "none are left"
            if np.isnan(calibration.certain_accuracy)
            else f"{calibration.certain_accuracy:.1%} of the others are right"
        ),
        "",
        f"{'confidence':<14}{'mean':>8}{'accuracy':>10}{'faces':>8}",
    ]
    for row in calibration.bins:
        if row.faces:
            between = f"{row.low:.0%} to {row.high:.0%}"
            lines.append(f"{between:<14}{row.confidence:>8.1%}{row.accuracy:>10.1%}{row.faces:>8}")
    return "\n".join(lines)


def calibrated(metadata: Metadata, logits: NDArray[np.float32], labels: NDArray[np.integer]) -> Metadata:
    """Return the metadata with settings fitted to the logits (N, 8) and labels (N,) of validation faces.

    The share of the prior correction is the one with the best macro recall among those whose accuracy is at most 0.5
    percentage points below the best one's; the smallest of equals. The temperature minimises the cross-entropy.
    Below the confidence of ``min_confidence``, an answer is more likely wrong than right.

    Raises InputError for N = 0, and `npcnn.serialization.WeightsError` if the logits are not finite.
    """
    if not np.isfinite(logits).all():
        raise WeightsError("the weights give outputs that are not numbers; copy or train them again")
    metadata = replace(metadata, prior_share=_best_prior_share(metadata, logits, labels))
    losses = [
        cross_entropy(replace(metadata, temperature=float(temperature)).probabilities(logits), labels)
        for temperature in _TEMPERATURES
    ]
    metadata = replace(metadata, temperature=round(float(_TEMPERATURES[np.argmin(losses)]), 4))
    return replace(metadata, min_confidence=_uncertain_below(metadata.probabilities(logits), labels))


def cross_entropy(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """Return the mean of ``-log p`` of the true classes: probabilities (N, K), labels (N,)."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def _best_prior_share(metadata: Metadata, logits: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    def figures(share: float) -> Report:
        return report(labels, replace(metadata, prior_share=share).probabilities(logits).argmax(axis=1))

    candidates = [(round(float(share), 3), figures(float(share))) for share in _SHARES]
    accepted = max(result.accuracy for _, result in candidates) - _ACCEPTED_LOSS
    share, _ = max(
        ((share, result) for share, result in candidates if result.accuracy >= accepted),
        key=lambda candidate: candidate[1].macro_recall,
    )
    return share


def _uncertain_below(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """Return the confidence, in hundredths, at which half of the answers are right.

    It is the middle of the logistic curve over the log-odds of the confidence that fits best, searched on a grid.
    """
    log_odds = _log_odds(probabilities.max(axis=1).astype(np.float64))
    sign = np.where(probabilities.argmax(axis=1) == labels, -1.0, 1.0)
    margins = sign * (log_odds - _log_odds(_THRESHOLDS)[:, None])
    losses = [np.logaddexp(0, slope * margins).sum(axis=1) for slope in _SLOPES]
    _, threshold = np.unravel_index(np.argmin(losses), (len(_SLOPES), len(_THRESHOLDS)))
    return round(float(_THRESHOLDS[threshold]), 2)


def _log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    probability = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(probability / (1 - probability))
