"""What a training leaves behind: a line of figures for each epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """One line of history: means over the epoch's batches, and the validation set afterwards, if there is one."""

    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    seconds: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None
