"""Losses: one number that measures how wrong the outputs are, and its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations


def softmax(logits: NDArray) -> NDArray:
    """Probabilities (N, K) of logits (N, K): ``p[n,k] = e^{logits[n,k]} / sum_j e^{logits[n,j]}``.

    Raises ValueError unless the logits are float32 or float64, for at least one class.
    """
    _check_logits(logits)
    return operations().softmax(logits)


class SoftmaxCrossEntropy:
    """``loss = mean_n -sum_k t[n,k] log softmax(logits)[n,k]``; ``dlogits = (softmax(logits) - t) / N``.

    Targets are class labels (N,) or distributions t (N, K). With ``label_smoothing`` s they become
    ``(1 - s) t + s / K`` (Szegedy et al., arXiv:1512.00567). With weights, one per example, the mean is weighted.
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"label_smoothing must be at least 0 and below 1, got {label_smoothing}")
        self.label_smoothing = label_smoothing
        self._kept: tuple | None = None

    def forward(self, logits: NDArray, targets: NDArray, weights: NDArray | None = None) -> float:
        """The mean loss of logits (N, K), for targets (N,) or (N, K) and weights (N,).

        Raises ValueError for logits that are not float32 or float64, no examples, shapes that do not match, labels
        outside 0..K-1, targets and weights that are negative or not finite, and weights without a positive sum.
        """
        _check_logits(logits)
        if not len(logits):
            raise ValueError("SoftmaxCrossEntropy needs at least one example")
        distributions = self._distributions(logits, np.asarray(targets))
        weights = np.ones(len(logits)) if weights is None else np.asarray(weights, np.float64)
        if weights.shape != (len(logits),) or not (weights.min() >= 0 and 0 < weights.sum() < np.inf):
            raise ValueError(f"weights must have shape ({len(logits)},), be at least 0 and have a finite sum above 0")
        weights = (weights / weights.sum()).astype(logits.dtype)
        loss, probabilities = operations().softmax_cross_entropy_forward(logits, distributions, weights)
        self._kept = probabilities, distributions, weights
        return loss

    def backward(self) -> NDArray:
        """dlogits (N, K) of the last forward pass."""
        if self._kept is None:
            raise RuntimeError("SoftmaxCrossEntropy.backward needs a forward pass first")
        return operations().softmax_cross_entropy_backward(*self._kept)

    def _distributions(self, logits: NDArray, targets: NDArray) -> NDArray:
        if targets.shape not in (logits.shape, logits.shape[:1]):
            raise ValueError(f"targets must be (N,) or (N, K) for logits {logits.shape}; got {targets.shape}")
        classes = logits.shape[1]
        if targets.ndim == 1:
            if not np.issubdtype(targets.dtype, np.integer) or not 0 <= targets.min() <= targets.max() < classes:
                raise ValueError(f"class labels must be integers from 0 to {classes - 1}")
            targets = np.eye(classes, dtype=logits.dtype)[targets]
        elif not 0 <= targets.min() <= targets.max() < np.inf:
            raise ValueError("target distributions must be finite and at least 0")
        smoothing = self.label_smoothing
        return np.ascontiguousarray((1 - smoothing) * targets + smoothing / classes, logits.dtype)


def _check_logits(logits: NDArray) -> None:
    if logits.ndim != 2 or not logits.shape[1] or logits.dtype not in (np.float32, np.float64):
        raise ValueError(f"logits must be (N, K), float32 or float64; got {logits.shape}, {logits.dtype}")
