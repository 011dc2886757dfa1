"""Dropout. The random integers are an argument, so the kernel has no state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.elementwise import chunk, launch_elementwise
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks


@kernel
def _dropout(call, x, random, threshold, scale, y):
    """``y = x * scale`` where ``random >= threshold``, else 0: flat arrays, two scalars, for the tasks of ``call``."""
    zero = x.dtype.type(0)
    for task in next_tasks(call):
        for i in chunk(task, len(x)):
            y[i] = x[i] * scale if random[i] >= threshold else zero


def dropout(x: NDArray, random: NDArray[np.uint16], rate: float) -> NDArray:
    """``x / (1 - rate)`` where ``random >= rate * 65536``, else 0; ``dx`` is the same function of ``dy``."""
    y = empty(x.shape, x.dtype)
    threshold, scale = np.int32(round(rate * 65536)), x.dtype.type(1 / (1 - rate))
    launch_elementwise(_dropout, x.size, x.reshape(-1), random.reshape(-1), threshold, scale, y.reshape(-1))
    return y
