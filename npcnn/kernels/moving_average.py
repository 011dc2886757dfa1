"""The moving average of the weights after each step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel
from npcnn.threads import ELEMENTWISE, share

_CHUNK = 16384
"""Numbers a task."""


@kernel
def _moving_average(first, last, average, w, rest):
    for i in range(np.uintp(first * _CHUNK), np.uintp(min(last * _CHUNK, len(w)))):
        average[i] += rest * (w[i] - average[i])


def moving_average(average: NDArray, w: NDArray, decay: float) -> None:
    """``average = decay average + (1 - decay) w``, in place on flat arrays."""
    share(_moving_average, -(-w.size // _CHUNK), average, w, w.dtype.type(1 - decay), work=w.size * ELEMENTWISE)
