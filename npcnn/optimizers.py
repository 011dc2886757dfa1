"""Optimizers: from gradients to better weights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations


class Adam:
    """Each weight moves by its mean gradient over the root of its mean squared gradient (arXiv:1412.6980).

    With running means ``m = beta1 m + (1 - beta1) dw`` and ``v = beta2 v + (1 - beta2) dw^2``, both corrected for their
    start at zero: ``w -= learning_rate (m^ / (sqrt(v^) + epsilon) + weight_decay w)``. The decay is decoupled
    (arXiv:1711.05101) and leaves biases alone. With ``clip_norm``, gradients whose norm over all weights is larger are
    scaled down to it (Pascanu et al., arXiv:1211.5063).
    """

    def __init__(
        self,
        params: dict[str, NDArray],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        if learning_rate < 0 or not (0 <= beta1 < 1 and 0 <= beta2 < 1) or epsilon <= 0 or weight_decay < 0:
            raise ValueError("Adam: learning_rate and weight_decay >= 0, 0 <= beta < 1 and epsilon > 0 are needed")
        if clip_norm is not None and clip_norm <= 0:
            raise ValueError(f"clip_norm must be above 0, got {clip_norm}")
        self.params = params
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.weight_decay, self.clip_norm = weight_decay, clip_norm
        self.steps = 0
        self.m = {key: np.zeros_like(w) for key, w in params.items()}
        self.v = {key: np.zeros_like(w) for key, w in params.items()}

    def step(self, grads: dict[str, NDArray]) -> None:
        """Move the parameters, in place, by one step along ``grads`` (the keys of ``params``)."""
        self.steps += 1
        scale = self._clip_scale(grads)
        for key, w in self.params.items():
            dw = np.ascontiguousarray(grads[key] if scale == 1 else grads[key] * w.dtype.type(scale))
            operations().adam(
                *(array.reshape(-1) for array in (w, dw, self.m[key], self.v[key])),
                self.learning_rate,
                self.beta1,
                self.beta2,
                self.epsilon,
                self.weight_decay if w.ndim > 1 else 0.0,
                self.steps,
            )

    def _clip_scale(self, grads: dict[str, NDArray]) -> float:
        if self.clip_norm is None:
            return 1.0
        norm = math.sqrt(
            sum(operations().sum_of_squares(np.ascontiguousarray(dw).reshape(-1)) for dw in grads.values())
        )
        return self.clip_norm / norm if norm > self.clip_norm else 1.0


class EMA:
    """``average = d average + (1 - d) w`` after every step, with ``d = min(decay, (1 + t) / (10 + t))`` at step t.

    The smaller d at the start lets the average forget the first weights (Polyak and Juditsky, SIAM J. Control 30,
    1992).
    """

    def __init__(self, params: dict[str, NDArray], decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be at least 0 and below 1, got {decay}")
        self.decay = decay
        self.steps = 0
        self.weights = {key: w.copy() for key, w in params.items()}

    def update(self, params: dict[str, NDArray]) -> None:
        """Take in the parameters after one more step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for key, w in params.items():
            operations().ema_update(self.weights[key].reshape(-1), w.reshape(-1), decay)
