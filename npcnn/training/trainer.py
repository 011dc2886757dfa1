"""The training loop: forward, loss, backward, one optimizer step per batch; validation after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from npcnn.inference.predict import predict
from npcnn.layers.layer import Layer
from npcnn.layers.rng import Seed, as_generator, generators_of
from npcnn.losses import SoftmaxCrossEntropy
from npcnn.optimizers import EMA, Adam
from npcnn.schedules import Schedule
from npcnn.serialization import State, WeightsError, check_state, copy_arrays, expected_bytes
from npcnn.training.checkpoints import check_configuration, check_generator_states, load_checkpoint, save_checkpoint
from npcnn.training.data import Batches
from npcnn.training.history import Epoch, checked_history, validation_losses

_ADVICE = "try a smaller learning rate, or look for broken images"


class DivergenceError(ArithmeticError):
    """The loss or the weights are no longer finite numbers."""


@dataclass
class Trainer:
    """Trains a network.

    schedule: sets the optimizer's learning rate before each step; without one, the optimizer keeps its own.
    rng: seed or generator for everything random outside the layers; equal generators give equal runs.
    validation: inputs and targets, evaluated after each epoch. The weights of the epoch with the lowest loss are kept.
    patience: stop after this many epochs, at least one, without a smaller validation loss; needs ``validation``.
    average: an EMA of ``network.state_dict()``; it is what is validated and kept, in place of the weights themselves.
    checkpoint: file to write after each epoch, for ``resume``.
    configuration: names and values (numbers or strings) that describe this training, such as its data and seed; a
    checkpoint with others is refused.
    on_batch: called after each step with epoch, batch, mean loss and accuracy so far.
    on_epoch: called with each record, before the checkpoint is written, which so has what the call changes in the
    trainer. After an interruption between the two, the epoch and the call are repeated.

    Raises ValueError for a patience below 1 or without validation.
    """

    network: Layer
    optimizer: Adam
    schedule: Schedule | None = None
    rng: Seed = None
    loss: SoftmaxCrossEntropy = field(default_factory=SoftmaxCrossEntropy)
    validation: tuple[NDArray, NDArray] | None = None
    patience: int | None = None
    average: EMA | None = None
    checkpoint: Path | None = None
    on_batch: Callable[[int, int, float, float], None] | None = None
    on_epoch: Callable[[Epoch], None] | None = None
    configuration: dict[str, float | str] = field(default_factory=dict)
    history: list[Epoch] = field(default_factory=list)
    best: dict[str, NDArray] | None = None

    def __post_init__(self) -> None:
        self.rng = as_generator(self.rng)
        if self.patience is not None and (self.patience < 1 or self.validation is None):
            raise ValueError(f"Trainer: patience must be at least 1, and needs validation; got {self.patience}")

    def fit(self, batches: Batches, epochs: int) -> list[Epoch]:
        """Train until the history holds ``epochs`` records, and return it.

        The network ends with the weights of the best epoch; without a validation set with the average, and without
        that with the last weights. To continue a finished training later, resume its checkpoint.
        Raises DivergenceError, naming the step, if the loss becomes NaN or infinite, or if an epoch ends with such
        weights. The network cannot be used then, as its running statistics may be NaN; the checkpoint is that of the
        epoch before.
        Raises ValueError if the data source yields no batches.
        """
        if self.average is not None and self.average.arrays.keys() != self.network.state_dict().keys():
            raise ValueError("Trainer: the average must cover parameters and buffers; use EMA(network.state_dict())")
        with _input_gradient_skipped(self.network):
            while len(self.history) < epochs and not self._out_of_patience():
                started = time.perf_counter()
                means = self._train_one_epoch(batches)
                validation = self._validate()
                rate, seconds = float(self.optimizer.learning_rate), time.perf_counter() - started
                record = Epoch(len(self.history) + 1, *means, rate, seconds, *validation)
                self.history.append(record)
                if self.on_epoch is not None:
                    self.on_epoch(record)
                if self.checkpoint is not None:
                    save_checkpoint(self.checkpoint, self.state_dict())
        if self.best is not None:
            copy_arrays(self.network.state_dict(), self.best)
        else:
            self._adopt_average()
        return self.history

    def resume(self, path: str | Path) -> None:
        """Continue from the checkpoint at ``path``. Raises WeightsError if it does not fit this trainer."""
        own = self.state_dict()
        arrays = own | {"best": own["network"], "history": {}, "configuration": {}}
        most = expected_bytes(arrays) + (1 << 24)  # of JSON, for a long history
        self.load_state_dict(load_checkpoint(path, most), str(path))

    def state_dict(self) -> State:
        """All that changes in training: network, optimizer, average, best weights, history, random generators."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "best": self.best,
            "history": [asdict(record) for record in self.history],
            "configuration": self.configuration,
            "generators": [rng.bit_generator.state for rng in self._generators()],
        }

    def load_state_dict(self, state: State, origin: str = "the state") -> None:
        """Restore the ``state_dict`` of a trainer built the same way, so that training continues as the other would.

        Raises WeightsError, naming ``origin``, and changes nothing, if it does not fit.
        """
        own = self.state_dict()
        if own.keys() != state.keys():
            raise WeightsError(f"{origin} is no training state; give a checkpoint that a training run wrote")
        check_configuration(self.configuration, state["configuration"], origin)
        history = checked_history(state["history"], origin)
        generators = self._generators()
        check_generator_states(generators, state["generators"], origin)
        own["best"] = None if state["best"] is None else own["network"]
        for part in ("network", "optimizer", "average", "best"):
            own_part, given_part = ({} if each[part] is None else each[part] for each in (own, state))
            check_state(own_part, given_part, origin, part)
        if history and (history[-1].validation_loss is None) != (self.validation is None):
            raise WeightsError(f"{origin} is of another training: only one of them has a validation set")
        copy_arrays(own["network"], state["network"])
        self.optimizer.load_state_dict(state["optimizer"], origin)
        if self.average is not None:
            self.average.load_state_dict(state["average"], origin)
        self.best = None if state["best"] is None else _copied(state["best"])
        self.history[:] = history
        for rng, generator_state in zip(generators, state["generators"], strict=True):
            rng.bit_generator.state = generator_state

    def _generators(self) -> list[np.random.Generator]:
        """The trainer's generator and those of the layers, each once."""
        return [self.rng, *(rng for rng in generators_of(self.network) if rng is not self.rng)]

    def _train_one_epoch(self, batches: Batches) -> tuple[float, float]:
        """Mean loss and accuracy over the examples."""
        losses, hits, seen = 0.0, 0, 0
        for number, (x, targets) in enumerate(batches.epoch(self.rng), 1):
            if self.schedule is not None:
                self.optimizer.learning_rate = self.schedule(self.optimizer.steps)
            logits = self.network.forward(x, training=True)
            loss = self.loss.forward(logits, targets)
            if not math.isfinite(loss):
                step = self.optimizer.steps + 1
                raise DivergenceError(
                    f"the loss became {loss} at step {step} (epoch {len(self.history) + 1}); {_ADVICE}"
                )
            self.network.backward(self.loss.backward())
            self.optimizer.step(self.network.grads)
            if self.average is not None:
                self.average.update(self.network.state_dict())
            losses, hits, seen = losses + loss * len(x), hits + _hits(logits, targets), seen + len(x)
            if self.on_batch is not None:
                self.on_batch(len(self.history) + 1, number, losses / seen, hits / seen)
        if not seen:
            raise ValueError("Trainer: the data source yields no batches")
        self._check_finite()
        return losses / seen, hits / seen

    def _check_finite(self) -> None:
        """Raise DivergenceError unless the state is finite: the loss does not show what the last step has done."""
        state = self.state_dict()
        state = {part: state[part] or {} for part in ("network", "optimizer", "average")}
        origin = f"the training diverged by step {self.optimizer.steps} (epoch {len(self.history) + 1}): its state"
        try:
            check_state(state, state, origin)
        except WeightsError as error:
            raise DivergenceError(f"{error}; {_ADVICE}") from error

    def _validate(self) -> tuple[float, float] | tuple[()]:
        """Loss and accuracy on the validation set, if there is one; notes the best weights so far."""
        if self.validation is None:
            return ()
        x, targets = self.validation
        live = _copied(self.network.state_dict())
        try:
            self._adopt_average()
            logits = predict(self.network, x)
            loss = self.loss.forward(logits, targets)
            if loss < min(validation_losses(self.history), default=math.inf):
                self.best = _copied(self.network.state_dict())
        finally:
            copy_arrays(self.network.state_dict(), live)
        return loss, _hits(logits, targets) / len(x)

    def _out_of_patience(self) -> bool:
        losses = validation_losses(self.history)
        if self.patience is None or self.validation is None or not losses:
            return False
        return len(losses) - 1 - losses.index(min(losses)) >= self.patience

    def _adopt_average(self) -> None:
        if self.average is not None:
            copy_arrays(self.network.state_dict(), self.average.arrays)


@contextmanager
def _input_gradient_skipped(network: Layer) -> Iterator[None]:
    """Inside, no time is spent on the gradient of the network's input; afterwards all is as before."""
    before = [(layer, layer.needs_input_gradient) for layer in network.walk()]
    network.skip_input_gradient()
    try:
        yield
    finally:
        for layer, needed in before:
            layer.needs_input_gradient = needed


def _hits(logits: NDArray, targets: NDArray) -> int:
    labels = targets if targets.ndim == 1 else targets.argmax(axis=1)
    return int((logits.argmax(axis=1) == labels).sum())


def _copied(arrays: dict[str, NDArray]) -> dict[str, NDArray]:
    return {key: array.copy() for key, array in arrays.items()}
