"""Adam in one pass over the weights: memory bandwidth limits it, so each array is read and written once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.elementwise import chunk, launch_elementwise
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks


class _Coefficients(NamedTuple):
    """The scalars of one step, in the dtype of the weights."""

    step_size: np.floating  # learning_rate / (1 - beta1^step), which includes the bias correction of m
    beta1: np.floating
    one_minus_beta1: np.floating
    beta2: np.floating
    one_minus_beta2: np.floating
    epsilon: np.floating
    decay: np.floating  # learning_rate * weight_decay
    v_correction: np.floating  # 1 / (1 - beta2^step)


@kernel
def _adam(call, w, dw, m, v, coefficients):
    """Update the flat arrays w, m and v with the gradient dw and the coefficients, for the tasks of ``call``."""
    step_size, beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, decay, v_correction = coefficients
    for task in next_tasks(call):
        for i in chunk(task, len(w)):
            m[i] = beta1 * m[i] + one_minus_beta1 * dw[i]
            v[i] = beta2 * v[i] + one_minus_beta2 * dw[i] * dw[i]
            w[i] -= step_size * m[i] / (np.sqrt(v[i] * v_correction) + epsilon) + decay * w[i]


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
    step_size, v_correction = learning_rate / (1 - beta1**step), 1 / (1 - beta2**step)
    decay = learning_rate * weight_decay
    scalars = (step_size, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, decay, v_correction)
    launch_elementwise(_adam, w.size, w, dw, m, v, _Coefficients(*map(w.dtype.type, scalars)))
