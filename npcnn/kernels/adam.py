"""Adam in one pass over the weights: memory is its limit, so every array is read and written once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch

_CHUNK = 16384
"""Numbers a task."""


@kernel
def _adam(call, w, dw, m, v, rate, beta1, rest1, beta2, rest2, epsilon, decay, scale_v):
    for task in next_tasks(call):
        for i in range(unsigned(task * _CHUNK), unsigned(min((task + 1) * _CHUNK, len(w)))):
            m[i] = beta1 * m[i] + rest1 * dw[i]
            v[i] = beta2 * v[i] + rest2 * dw[i] * dw[i]
            w[i] -= rate * m[i] / (np.sqrt(v[i] * scale_v) + epsilon) + decay * w[i]


def adam(
    w: NDArray,
    dw: NDArray,
    m: NDArray,
    v: NDArray,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
    step: int,
) -> None:
    """One step of Adam with decoupled weight decay, in place on the flat arrays w, m and v (arXiv:1412.6980)."""
    rate, scale_v = learning_rate / (1 - beta1**step), 1 / (1 - beta2**step)
    numbers = (rate, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, learning_rate * weight_decay, scale_v)
    launch(_adam, -(-w.size // _CHUNK), w, dw, m, v, *map(w.dtype.type, numbers), work=w.size * ELEMENTWISE)
