"""A moving average of the weights: the same network with the noise of single steps taken out."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.modes import operations


class MovingAverage:
    """``average = d average + (1 - d) w`` after every step, with ``d = min(decay, (1 + t) / (10 + t))`` at step t.

    The smaller d at the start lets the average forget the first weights (Polyak and Juditsky, SIAM J. Control 30,
    1992).
    """

    def __init__(self, params: dict[str, NDArray], decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be at least 0 and below 1, got {decay}")
        self.decay = decay
        self.steps = 0
        self.weights = {key: w.copy() for key, w in params.items()}

    def update(self, params: dict[str, NDArray]) -> None:
        """Take in the parameters after one more step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for key, w in params.items():
            operations().moving_average(self.weights[key].reshape(-1), w.reshape(-1), decay)
