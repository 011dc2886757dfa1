"""Adam and what else runs over all weights once a step: limited by memory, so each reads and writes them once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.threads import EXPENSIVE, share

_CHUNK = 16384
"""Numbers a task."""


@kernel
def _adam(first, last, w, dw, m, v, rate, beta1, rest1, beta2, rest2, epsilon, decay, scale_v):
    for i in range(np.uintp(first * _CHUNK), np.uintp(min(last * _CHUNK, len(w)))):
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
    rate, scale_v = learning_rate / (1 - beta1**step), 1 / (1 - beta2**step)
    numbers = (rate, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, learning_rate * weight_decay, scale_v)
    share(_adam, -(-w.size // _CHUNK), w, dw, m, v, *map(w.dtype.type, numbers), work=w.size * EXPENSIVE)


@kernel
def _moving_average(first, last, average, w, rest):
    for i in range(np.uintp(first * _CHUNK), np.uintp(min(last * _CHUNK, len(w)))):
        average[i] += rest * (w[i] - average[i])


def moving_average(average: NDArray, w: NDArray, decay: float) -> None:
    share(_moving_average, -(-w.size // _CHUNK), average, w, w.dtype.type(1 - decay), work=w.size * EXPENSIVE)


@kernel
def _sum_of_squares(first, last, x, sums):
    for chunk in range(first, last):
        total = 0.0
        for i in range(np.uintp(chunk * _CHUNK), np.uintp(min((chunk + 1) * _CHUNK, len(x)))):
            total += np.float64(x[i]) * np.float64(x[i])
        sums[chunk] = total


def sum_of_squares(x: NDArray) -> float:
    sums = np.empty(-(-x.size // _CHUNK))
    share(_sum_of_squares, len(sums), x, sums, work=x.size * EXPENSIVE)
    return float(sums.sum())
