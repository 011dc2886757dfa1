"""ELU without a call to the exponential, so that the loop vectorises."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.threads import share

_CHUNK = 4096
"""Numbers a task."""

_HALVINGS = 10


@kernel
def _forward(first, last, x, alpha, y):
    """``e^x - 1`` by Taylor's series at ``t = x / 2^10``, doubled back: with ``z = e^t - 1``, ``e^2t - 1 = z (z + 2)``.

    x is cut at -40, where the result has long been -1; there |t| < 0.04, and six terms leave a relative error below
    1e-12. A doubling does not magnify the relative error.
    """
    one = x.dtype.type(1)
    floor, scale = -40 * one, one / 2**_HALVINGS
    for i in range(np.uintp(first * _CHUNK), np.uintp(min(last * _CHUNK, len(x)))):
        t = (floor if x[i] < floor else x[i]) * scale
        z = t * (one + t * (one / 2 + t * (one / 6 + t * (one / 24 + t * (one / 120 + t * (one / 720))))))
        for _ in range(_HALVINGS):
            z *= z + 2 * one
        y[i] = x[i] if x[i] > 0 else alpha * z


def elu_forward(x: NDArray, alpha: float) -> NDArray:
    y = np.empty_like(x)
    share(_forward, -(-x.size // _CHUNK), x.reshape(-1), x.dtype.type(alpha), y.reshape(-1))
    return y


@kernel
def _backward(first, last, dy, y, alpha, dx):
    for i in range(np.uintp(first * _CHUNK), np.uintp(min(last * _CHUNK, len(y)))):
        dx[i] = dy[i] if y[i] > 0 else dy[i] * (y[i] + alpha)


def elu_backward(dy: NDArray, y: NDArray, alpha: float) -> NDArray:
    dx = np.empty_like(dy)
    share(_backward, -(-y.size // _CHUNK), dy.reshape(-1), y.reshape(-1), y.dtype.type(alpha), dx.reshape(-1))
    return dx
