"""Data sources for training: batches of examples, in a new order each epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray, NDArray]
"""Inputs x (N, ...) and targets: class labels (N,) or distributions (N, K)."""


class Batches(Protocol):
    """Any data source that knows its number of batches per epoch and iterates over one epoch."""

    def __len__(self) -> int:
        """Number of batches per epoch."""

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """The batches of one epoch. Draw from ``rng``; do not spawn: a checkpoint does not hold what was spawned."""


class ArrayBatches:
    """Two arrays, shuffled anew each epoch; the last batch holds the remainder. Raises ValueError for bad sizes."""

    def __init__(self, x: NDArray, targets: NDArray, batch_size: int) -> None:
        if batch_size < 1 or len(x) != len(targets) or not len(x):
            raise ValueError(f"cannot make batches of {batch_size} from {len(x)} inputs and {len(targets)} targets")
        self.x, self.targets, self.batch_size = x, targets, batch_size

    def __len__(self) -> int:
        """Number of batches per epoch."""
        return math.ceil(len(self.x) / self.batch_size)

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """The batches of one shuffled pass over the arrays."""
        order = rng.permutation(len(self.x))
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.x[chosen], self.targets[chosen]
