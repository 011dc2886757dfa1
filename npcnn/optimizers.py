"""Optimizers, which turn gradients into better weights, and the moving average of the weights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.serialization import State, check_state, copy_arrays


class Adam:
    """Moves each weight by its mean gradient, divided by the root of its mean squared gradient (arXiv:1412.6980).

    With running means ``m = beta1 m + (1 - beta1) dw`` and ``v = beta2 v + (1 - beta2) dw^2``, both corrected for their
    start at zero: ``w -= learning_rate (m^ / (sqrt(v^) + epsilon) + weight_decay w)``. The decay is decoupled
    (arXiv:1711.05101) and applies only to parameters of two or more axes, not to biases. With ``clip_norm``, gradients
    whose norm over all parameters is larger are scaled down to that norm (Pascanu et al., arXiv:1211.5063).
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
            raise ValueError("Adam: needs learning_rate and weight_decay >= 0, 0 <= beta < 1 and epsilon > 0")
        if clip_norm is not None and clip_norm <= 0:
            raise ValueError(f"Adam: clip_norm must be above 0, got {clip_norm}")
        if strided := [key for key, w in params.items() if not w.flags.c_contiguous]:
            raise ValueError(f"Adam: parameter {strided[0]} is not C-contiguous; use numpy.ascontiguousarray")
        self.params = params
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.weight_decay, self.clip_norm = weight_decay, clip_norm
        self.steps = 0
        self.m = {key: np.zeros_like(w) for key, w in params.items()}
        self.v = {key: np.zeros_like(w) for key, w in params.items()}

    def step(self, grads: dict[str, NDArray]) -> None:
        """Update the parameters in place; ``grads`` has the keys of ``params``."""
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

    def state_dict(self) -> State:
        """The running means, the number of steps and the learning rate."""
        return {"steps": self.steps, "learning_rate": float(self.learning_rate), "m": self.m, "v": self.v}

    def load_state_dict(self, state: State, origin: str = "the state") -> None:
        """Restore a ``state_dict``. Raises WeightsError, and changes nothing, if it does not fit."""
        check_state(self.state_dict(), state, origin)
        self.steps, self.learning_rate = state["steps"], state["learning_rate"]
        copy_arrays(self.m, state["m"])
        copy_arrays(self.v, state["v"])

    def _clip_scale(self, grads: dict[str, NDArray]) -> float:
        if self.clip_norm is None:
            return 1.0
        norm = math.sqrt(
            sum(operations().sum_of_squares(np.ascontiguousarray(dw).reshape(-1)) for dw in grads.values())
        )
        return self.clip_norm / norm if norm > self.clip_norm else 1.0


class EMA:
    """Exponential moving average of arrays: ``average = d average + (1 - d) array`` after every step.

    At step t, ``d = min(decay, (1 + t) / (10 + t))``: the smaller d at the start lets the average forget the initial
    weights. Give it ``network.state_dict()``, so that running statistics are averaged like the weights: to first
    order, the statistics of averaged weights are the averaged statistics, while those of the live network belong to
    other weights. Arrays of integers are copied. Source: Polyak and Juditsky, SIAM J. Control 30 (1992).
    """

    def __init__(self, arrays: dict[str, NDArray], decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"EMA: decay must be at least 0 and below 1, got {decay}")
        self.decay = decay
        self.steps = 0
        self.arrays = {key: array.copy() for key, array in arrays.items()}

    def update(self, arrays: dict[str, NDArray]) -> None:
        """Take in the arrays after one more step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for key, array in arrays.items():
            if array.dtype.kind == "f":
                operations().ema_update(self.arrays[key].reshape(-1), array.reshape(-1), decay)
            else:
                self.arrays[key][...] = array

    def state_dict(self) -> State:
        """The averages and the number of steps."""
        return {"steps": self.steps, "arrays": self.arrays}

    def load_state_dict(self, state: State, origin: str = "the state") -> None:
        """Restore a ``state_dict``. Raises WeightsError, and changes nothing, if it does not fit."""
        check_state(self.state_dict(), state, origin)
        self.steps = state["steps"]
        copy_arrays(self.arrays, state["arrays"])
