"""Learning-rate schedules: functions of the step, counted from 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Constant:
    """``rate`` at every step."""

    rate: float

    def __call__(self, step: int) -> float:
        return self.rate


@dataclass(frozen=True)
class ExponentialDecay:
    """``rate * factor ^ (step / steps)``; stepwise with ``staircase``. By default halved every 2,000 steps."""

    rate: float = 1e-3
    factor: float = 0.5
    steps: int = 2000
    staircase: bool = False

    def __call__(self, step: int) -> float:
        periods = step // self.steps if self.staircase else step / self.steps
        return self.rate * self.factor**periods


@dataclass(frozen=True)
class WarmupCosine:
    """Rises linearly to ``rate`` over ``warmup`` steps, then falls along half a cosine to ``final`` at ``steps``.

    Source: Loshchilov and Hutter, arXiv:1608.03983.
    """

    rate: float
    steps: int
    warmup: int = 0
    final: float = 0.0

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        done = min(1.0, (step - self.warmup) / max(1, self.steps - self.warmup))
        return self.final + (self.rate - self.final) * (1 + math.cos(math.pi * done)) / 2
