"""The moving average of the weights after each step."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch

_CHUNK = 16384
"""Numbers a task."""


@kernel
def _moving_average(call, average, w, rest):
    for task in next_tasks(call):
        for i in range(unsigned(task * _CHUNK), unsigned(min((task + 1) * _CHUNK, len(w)))):
            average[i] += rest * (w[i] - average[i])


def ema_update(average: NDArray, w: NDArray, decay: float) -> None:
    """``average = decay average + (1 - decay) w``, in place on flat arrays."""
    launch(_moving_average, -(-w.size // _CHUNK), average, w, w.dtype.type(1 - decay), work=w.size * ELEMENTWISE)
