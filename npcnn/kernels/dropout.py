"""Dropout from random numbers drawn beforehand: the kernel itself has no state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch

_CHUNK = 16384
"""Numbers a task."""


@kernel
def _dropout(call, x, random, threshold, scale, y):
    zero = x.dtype.type(0)
    for task in next_tasks(call):
        for i in range(unsigned(task * _CHUNK), unsigned(min((task + 1) * _CHUNK, len(x)))):
            y[i] = x[i] * scale if random[i] >= threshold else zero


def dropout(x: NDArray, random: NDArray[np.uint16], rate: float) -> NDArray:
    """``x / (1 - rate)`` where ``random >= rate * 65536``, else 0; ``dx`` is the same of ``dy``."""
    y = empty(x.shape, x.dtype)
    threshold, scale = np.int32(round(rate * 65536)), x.dtype.type(1 / (1 - rate))
    launch(
        _dropout,
        -(-x.size // _CHUNK),
        x.reshape(-1),
        random.reshape(-1),
        threshold,
        scale,
        y.reshape(-1),
        work=x.size * ELEMENTWISE,
    )
    return y
