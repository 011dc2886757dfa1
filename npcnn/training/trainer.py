"""The training loop: batch in, loss forward, gradients back, one step of the optimizer; then how well it did."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from npcnn.inference.predict import predict
from npcnn.layers.containers import Sequential
from npcnn.losses import SoftmaxCrossEntropy
from npcnn.optimizers import EMA, Adam
from npcnn.schedules import Schedule
from npcnn.training.checkpoints import load_state, save_state
from npcnn.training.data import Batches
from npcnn.training.history import Epoch


class DivergenceError(ArithmeticError):
    """The loss is no longer a finite number."""


@dataclass
class Trainer:
    """A network, and all that changes while it learns.

    validation: x and targets to measure after each epoch; the weights of the best epoch (least loss) are then kept.
    patience: stop after this many epochs without a better one. average: evaluate, and end with, a moving average of the
    weights instead of the weights themselves. on_batch is told (epoch, batch, loss, accuracy) after each step, on_epoch
    the line of history. rng draws all that is random; the same generator state gives the same run.
    """

    network: Sequential
    optimizer: Adam
    schedule: Schedule
    rng: np.random.Generator
    loss: SoftmaxCrossEntropy = field(default_factory=SoftmaxCrossEntropy)
    validation: tuple[NDArray, NDArray] | None = None
    patience: int | None = None
    average: EMA | None = None
    checkpoint: Path | None = None
    on_batch: Callable[[int, int, float, float], None] | None = None
    on_epoch: Callable[[Epoch], None] | None = None
    history: list[Epoch] = field(default_factory=list)
    best: dict[str, NDArray] | None = None

    def fit(self, batches: Batches, epochs: int) -> list[Epoch]:
        """Train until ``epochs`` are in the history.

        The network then holds the weights of the best epoch, without a validation set the average, without that the
        last. A training is fitted once; to go on with one later, resume its checkpoint.
        Raises DivergenceError when the loss is NaN or infinite, naming the step.
        """
        self.network.skip_input_gradient()
        while len(self.history) < epochs and not self._out_of_patience():
            started = time.perf_counter()
            loss, accuracy = self._train_one_epoch(batches)
            validation = self._validate()
            record = Epoch(
                len(self.history) + 1,
                loss,
                accuracy,
                self.optimizer.learning_rate,
                time.perf_counter() - started,
                *validation,
            )
            self.history.append(record)
            if self.checkpoint is not None:
                save_state(self.checkpoint, self)
            if self.on_epoch is not None:
                self.on_epoch(record)
        self._settle()
        return self.history

    def resume(self, path: str | Path) -> None:
        """Go on where the checkpoint at ``path`` was written. Raises WeightsError if it does not fit this trainer."""
        load_state(path, self)

    def _train_one_epoch(self, batches: Batches) -> tuple[float, float]:
        losses, right, seen = 0.0, 0, 0
        for number, (x, targets) in enumerate(batches.epoch(self.rng), 1):
            self.optimizer.learning_rate = self.schedule(self.optimizer.steps)
            logits = self.network.forward(x, training=True)
            loss = self.loss.forward(logits, targets)
            if not math.isfinite(loss):
                step = self.optimizer.steps + 1
                raise DivergenceError(
                    f"the loss became {loss} at step {step} (epoch {len(self.history) + 1});"
                    " try a smaller learning rate, or look for broken images"
                )
            self.network.backward(self.loss.backward())
            self.optimizer.step(self.network.grads)
            if self.average is not None:
                self.average.update(self.network.params)
            losses, right, seen = losses + loss * len(x), right + _hits(logits, targets), seen + len(x)
            if self.on_batch is not None:
                self.on_batch(len(self.history) + 1, number, losses / seen, right / seen)
        return losses / seen, right / seen

    def _validate(self) -> tuple[float, float] | tuple[()]:
        if self.validation is None:
            return ()
        x, targets = self.validation
        current = {key: w.copy() for key, w in self.network.params.items()}
        self._adopt_average()
        logits = predict(self.network, x)
        loss = self.loss.forward(logits, targets)
        earlier = [line.validation_loss for line in self.history]
        if not any(loss >= other for other in earlier) and not math.isnan(loss):
            self.best = {key: w.copy() for key, w in self.network.params.items()}
        _assign(self.network.params, current)
        return loss, _hits(logits, targets) / len(x)

    def _out_of_patience(self) -> bool:
        if self.patience is None or self.validation is None or not self.history:
            return False
        losses = [line.validation_loss for line in self.history]
        return len(losses) - 1 - int(np.argmin(losses)) >= self.patience

    def _adopt_average(self) -> None:
        if self.average is not None:
            _assign(self.network.params, self.average.weights)

    def _settle(self) -> None:
        if self.best is not None:
            _assign(self.network.params, self.best)
        else:
            self._adopt_average()


def _hits(logits: NDArray, targets: NDArray) -> int:
    labels = targets if targets.ndim == 1 else targets.argmax(axis=1)
    return int((logits.argmax(axis=1) == labels).sum())


def _assign(target: dict[str, NDArray], source: dict[str, NDArray]) -> None:
    for key, w in target.items():
        w[...] = source[key]
