"""Where a training loop gets its examples: a batch at a time, in a new order each epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray, NDArray]
"""Inputs x (N, ...) and targets, (N,) class numbers or (N, K) distributions."""


class Batches(Protocol):
    """Anything with a number of batches an epoch, and an epoch's batches drawn with a generator."""

    def __len__(self) -> int:
        """Batches an epoch."""

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """One epoch's batches; all that is random about them comes from ``rng``."""


class ArrayBatches:
    """Every example of two arrays once an epoch, shuffled; the last batch holds what is left."""

    def __init__(self, x: NDArray, targets: NDArray, batch_size: int) -> None:
        if batch_size < 1 or len(x) != len(targets) or not len(x):
            raise ValueError(f"batches of {batch_size} of {len(x)} inputs and {len(targets)} targets: cannot be")
        self.x, self.targets, self.batch_size = x, targets, batch_size

    def __len__(self) -> int:
        """Batches an epoch."""
        return math.ceil(len(self.x) / self.batch_size)

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """The batches of one shuffled pass."""
        order = rng.permutation(len(self.x))
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.x[chosen], self.targets[chosen]
