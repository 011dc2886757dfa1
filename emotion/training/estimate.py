"""How long a training run will take, from a few batches."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice, pairwise

import numpy as np

from npcnn import Trainer, predict
from npcnn.training.data import Batch, Batches

MEASURED = 8
"""Batches that are timed."""

_WARM_UP = 2  # batches before them
_MAX_SHARE = 0.1  # of a training run that may be spent on measuring it
_VALIDATED = 256  # faces whose validation is timed


class _FirstBatches:
    """The first batches of an epoch."""

    def __init__(self, batches: Batches, number: int) -> None:
        self.batches, self.number = batches, number

    def __len__(self) -> int:
        return self.number

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        with closing(self.batches.epoch(rng)) as whole:
            yield from islice(whole, self.number)


def seconds_per_epoch(trainer: Trainer, batches: Batches, epochs: int) -> float | None:
    """Train on a few batches and return the estimate; None if the training is too short for one.

    trainer: trained, so it must be another than that of the training. Its validation is part of an epoch.
    """
    number = _WARM_UP + MEASURED
    if number > _MAX_SHARE * epochs * len(batches):
        return None
    validation, trainer.validation = trainer.validation, None
    times: list[float] = []
    trainer.on_batch = lambda *_: times.append(time.perf_counter())
    trainer.fit(_FirstBatches(batches, min(number, len(batches))), math.ceil(number / len(batches)))
    seconds = len(batches) * statistics.median(end - start for start, end in pairwise(times[_WARM_UP - 1 :]))
    if validation is not None:
        sample = validation[0][:_VALIDATED]
        predict(trainer.network, sample)  # compiles
        started = time.perf_counter()
        predict(trainer.network, sample)
        seconds += (time.perf_counter() - started) * len(validation[0]) / len(sample)
    return seconds


def format_duration(seconds: float) -> str:
    """Format a duration to two digits or so: 8 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
