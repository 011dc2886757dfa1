"""The sum of squares of an array, from which the norm of all gradients is made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch

_CHUNK = 16384
"""Numbers a task."""


@kernel
def _sum_of_squares(call, x, sums):
    for chunk in next_tasks(call):
        total = 0.0
        for i in range(unsigned(chunk * _CHUNK), unsigned(min((chunk + 1) * _CHUNK, len(x)))):
            total += np.float64(x[i]) * np.float64(x[i])
        sums[chunk] = total


def sum_of_squares(x: NDArray) -> float:
    """``sum_i x[i]^2`` of a flat array in double precision, in chunks whose sums are added in order."""
    sums = np.empty(-(-x.size // _CHUNK))
    launch(_sum_of_squares, len(sums), x, sums, work=x.size * ELEMENTWISE)
    return float(sums.sum())
