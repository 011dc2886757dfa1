"""Probabilities smoothed over time: an exponential moving average of their logarithms.

At time t, with probabilities p and the average m of the time s before::

    m += (1 - exp(-(t - s) / time_constant)) * (log(p) - m)

and the smoothed probabilities are ``softmax(m)``. The weight of a frame depends on the seconds since the one before,
not on the number of frames, so the result does not depend on the frame rate. The average of logarithms is the geometric
mean: one confident frame among many doubtful ones counts for less than in a mean of probabilities.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError

TIME_CONSTANT = 0.3
"""Seconds after which the weight of what was seen has fallen to 1/e, or 37%."""

_SMALLEST = 1e-6  # probability; less would make one frame dominate all others


class ProbabilityAverage:
    """The moving average for one face.

    time_constant: in seconds; 0 does not smooth. Raises InputError if it is negative or not a number.
    """

    def __init__(self, time_constant: float = TIME_CONSTANT) -> None:
        check_time_constant(time_constant)
        self._time_constant = time_constant
        self._time: float | None = None
        self._logarithms = np.zeros(0)

    def update(self, probabilities: NDArray, time: float) -> NDArray[np.float64]:
        """Add the probabilities (K,) of a frame and return the smoothed ones, (K,), which sum to 1.

        time: of the frame, in seconds.
        """
        logarithms = np.log(np.maximum(probabilities, _SMALLEST))
        if self._time is None or self._time_constant == 0:
            self._logarithms = logarithms
        else:
            weight = 1 - math.exp(-(time - self._time) / self._time_constant)
            self._logarithms = self._logarithms + weight * (logarithms - self._logarithms)
        self._time = time
        smoothed = np.exp(self._logarithms - self._logarithms.max())
        return smoothed / smoothed.sum()


def check_time_constant(seconds: float) -> None:
    """Raise InputError unless ``seconds`` is a number of at least 0."""
    if not (math.isfinite(seconds) and seconds >= 0):
        raise InputError(f"the time constant is {seconds}; it must be 0 or more seconds")
