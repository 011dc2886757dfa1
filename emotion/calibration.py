"""Calibration: choose prior correction, temperature and the threshold of uncertain answers on validation faces.

See `emotion.metadata.Metadata` for what each of them does, and the papers behind them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.metrics import report

_SHARES = np.linspace(0, 1, 41)
_TEMPERATURES = np.geomspace(0.25, 4, 81)
_ACCEPTED_LOSS = 0.002
"""Accuracy that the prior correction may cost, at most."""


def calibrated(metadata: Metadata, logits: NDArray[np.float32], labels: NDArray[np.integer]) -> Metadata:
    """Return the metadata with settings fitted to the logits (N, 8) and labels (N,) of validation faces.

    The share of the prior correction is the one with the best macro recall among those whose accuracy is at most 0.2
    percentage points below the best one's. The temperature minimises the cross-entropy. Below the confidence of
    ``min_confidence``, an answer is more likely wrong than right.
    """
    figures = []
    for share in _SHARES:
        predictions = replace(metadata, prior_share=float(share)).probabilities(logits).argmax(axis=1)
        figures.append(report(labels, predictions))
    accepted = max(figure.accuracy for figure in figures) - _ACCEPTED_LOSS
    best = max((figure.macro_recall, -i) for i, figure in enumerate(figures) if figure.accuracy >= accepted)
    metadata = replace(metadata, prior_share=round(float(_SHARES[-best[1]]), 3))
    losses = [
        cross_entropy(replace(metadata, temperature=float(temperature)).probabilities(logits), labels)
        for temperature in _TEMPERATURES
    ]
    metadata = replace(metadata, temperature=round(float(_TEMPERATURES[int(np.argmin(losses))]), 4))
    return replace(metadata, min_confidence=_uncertain_below(metadata.probabilities(logits), labels))


def cross_entropy(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """Return the mean of ``-log p`` of the true classes: probabilities (N, K), labels (N,)."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def expected_calibration_error(
    probabilities: NDArray[np.float32], labels: NDArray[np.integer], bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal width, weighted by their faces.

    probabilities (N, K), labels (N,). Source: Naeini et al., Obtaining well calibrated probabilities using Bayesian
    binning (AAAI 2015).
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    hits = probabilities.argmax(axis=1) == labels
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(index, hits - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def _uncertain_below(probabilities: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """Return the confidence around which half of the answers are wrong, in hundredths, by logistic regression."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    hits = probabilities.argmax(axis=1) == labels
    x = np.stack([np.ones(len(hits)), np.log(confidence / np.maximum(1 - confidence, 1e-6))])
    w = np.array([0.0, 1.0])
    for _ in range(25):  # Newton's method
        p = 1 / (1 + np.exp(-w @ x))
        w -= np.linalg.solve((x * (p * (1 - p))) @ x.T + 1e-6 * np.eye(2), x @ (p - hits))
    middle = 1 / (1 + np.exp(w[0] / w[1])) if w[1] > 0 else 0.0
    return round(float(np.clip(middle, 1 / len(EMOTIONS), 0.99)), 2)
