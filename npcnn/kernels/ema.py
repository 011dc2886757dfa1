"""The exponential moving average (EMA) of the weights."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.kernels.elementwise import chunk, launch_elementwise
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks


@kernel
def _ema(call, average, w, rate):
    """``average += rate (w - average)`` in place on flat arrays of equal size, for the tasks of ``call``."""
    for task in next_tasks(call):
        for i in chunk(task, len(w)):
            average[i] += rate * (w[i] - average[i])


def ema_update(average: NDArray, w: NDArray, decay: float) -> None:
    """``average = decay average + (1 - decay) w``, in place on flat arrays."""
    launch_elementwise(_ema, w.size, average, w, w.dtype.type(1 - decay))
