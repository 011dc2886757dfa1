"""The history of a training run: a record of each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from npcnn.serialization import WeightsError


@dataclass(frozen=True)
class Epoch:
    """A record of the history: means over the training examples of an epoch, then the results on the validation set."""

    epoch: int
    loss: float
    accuracy: float
    learning_rate: float
    seconds: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None


def validation_losses(history: Sequence[Epoch]) -> list[float]:
    """One per epoch, infinite where the loss is NaN or was not measured."""
    losses = [record.validation_loss for record in history]
    return [math.inf if loss is None or math.isnan(loss) else loss for loss in losses]


def best_epoch(history: Sequence[Epoch]) -> Epoch | None:
    """The first epoch with the least validation loss; None if none was measured."""
    losses = validation_losses(history)
    least = min(losses, default=math.inf)
    return None if math.isinf(least) else history[losses.index(least)]


def checked_history(records: object, origin: str) -> list[Epoch]:
    """The records of a checkpoint. Raises WeightsError, naming ``origin``, if they are not made of numbers."""
    try:
        history = [Epoch(**record) for record in records]
    except TypeError as error:
        raise WeightsError(f"{origin} is no training state: its history cannot be read") from error
    numbers = [value for record in history for value in asdict(record).values() if value is not None]
    if not all(isinstance(number, int | float) for number in numbers):
        raise WeightsError(f"{origin} is damaged: its history is not made of numbers")
    return history
