"""The sum of squares of an array, for the norm of all gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.elementwise import CHUNK, chunk, launch_elementwise
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks


@kernel
def _sum_of_squares(call, x, sums):
    """``sums[task] = sum_i x[i]^2`` over the chunk of each task of ``call``; x is flat, sums float64."""
    for task in next_tasks(call):
        total = np.float64(0)
        for i in chunk(task, len(x)):
            total += np.float64(x[i]) * np.float64(x[i])
        sums[task] = total


def sum_of_squares(x: NDArray) -> float:
    """``sum_i x[i]^2`` of a flat array in double precision; the sums of the chunks are added in order."""
    sums = np.empty(-(-x.size // CHUNK))
    launch_elementwise(_sum_of_squares, x.size, x, sums)
    return float(sums.sum())
