"""The training loop: it learns, keeps the best, stops in time, and can be repeated bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import npcnn
from npcnn import EMA, Adam, ArrayBatches, Constant, DivergenceError, Epoch, SoftmaxCrossEntropy, Trainer, predict


class Script:
    """Batches, all alike, with something done to the network before each epoch."""

    def __init__(self, x: np.ndarray, targets: np.ndarray, before: Callable[[int], None]) -> None:
        self.batch, self.before, self.epochs = (x, targets), before, 0

    def __len__(self) -> int:
        return 1

    def epoch(self, rng: np.random.Generator) -> list:
        self.epochs += 1
        self.before(self.epochs)
        return [self.batch]


def problem(seed: int = 0, images: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 2, 8, 8) with a bright bar across, down, or nowhere: three classes a small network can tell."""
    rng = np.random.default_rng(seed)
    x, labels = rng.standard_normal((images, 2, 8, 8), np.float32), np.arange(images) % 3
    x[labels == 0, :, 3] += 3
    x[labels == 1, :, :, 3] += 3
    return x, labels


@pytest.fixture
def build_trainer(build_small_network: Callable) -> Callable[..., Trainer]:
    """A trainer of the small network, everything drawn from one seed."""

    def build(seed: int = 0, rate: float = 0.01, **options: object) -> Trainer:
        network = build_small_network(seed)
        return Trainer(network, Adam(network.params), Constant(rate), np.random.default_rng(seed), **options)

    return build


@pytest.fixture
def scripted() -> Callable[..., tuple[Trainer, Script]]:
    """A single weight on a validation image of class 0, set by hand before each epoch; the optimizer stands still."""

    def build(weights: list[float], **options: object) -> tuple[Trainer, Script]:
        network = npcnn.Sequential(npcnn.Dense(1, 2))
        one, label = np.ones((1, 1), np.float32), np.array([0])

        def set_weight(epoch: int) -> None:
            network.params["0/w"][:] = [[weights[epoch - 1], 0]]

        trainer = Trainer(
            network,
            Adam(network.params),
            Constant(0.0),
            np.random.default_rng(0),
            validation=(one, label),
            **options,
        )
        return trainer, Script(one, label, set_weight)

    return build


def copied(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: w.copy() for key, w in weights.items()}


def test_it_learns_and_generalises(build_trainer: Callable) -> None:
    trainer = build_trainer(validation=problem(seed=1))
    history = trainer.fit(ArrayBatches(*problem(), 10), 12)
    assert history[-1].loss < 0.3 * history[0].loss
    assert history[-1].accuracy > 0.9
    assert history[-1].validation_accuracy > 0.9
    x, labels = problem(seed=2)
    assert (predict(trainer.network, x).argmax(axis=1) == labels).mean() > 0.9


def test_it_learns_from_distributions(build_trainer: Callable) -> None:
    x, labels = problem()
    soft = np.full((60, 3), 0.1, np.float32)
    soft[np.arange(60), labels] = 0.8
    trainer = build_trainer(validation=(x, soft))
    history = trainer.fit(ArrayBatches(x, soft, 10), 12)
    assert history[-1].accuracy > 0.9
    assert history[-1].validation_accuracy > 0.9


def test_history_holds_a_record_per_epoch(build_trainer: Callable) -> None:
    lines: list[Epoch] = []
    trainer = build_trainer(on_epoch=lines.append)
    trainer.schedule = npcnn.ExponentialDecay(rate=0.01, factor=0.5, steps=6)
    history = trainer.fit(ArrayBatches(*problem(), 10), 3)
    assert history is trainer.history
    assert lines == history
    assert [record.epoch for record in history] == [1, 2, 3]
    last_steps = [5, 11, 17]  # six batches an epoch, steps counted from 0
    assert [record.learning_rate for record in history] == pytest.approx([0.01 * 0.5 ** (s / 6) for s in last_steps])
    assert all(math.isfinite(record.loss) and 0 <= record.accuracy <= 1 and record.seconds > 0 for record in history)
    assert (
        {record.validation_loss for record in history} == {record.validation_accuracy for record in history} == {None}
    )


def test_loss_and_accuracy_are_means_over_images_not_over_batches(scripted: Callable) -> None:
    trainer, _ = scripted([1.0])
    x, labels = np.array([[1], [1], [-1], [3]], np.float32), np.array([0, 0, 0, 1])
    trainer.network.params["0/w"][:] = [[1, 0]]
    reports: list[tuple] = []
    trainer.on_batch = lambda *report: reports.append(report)
    record = trainer.fit(ArrayBatches(x, labels, 3), 1)[0]
    expected = SoftmaxCrossEntropy().forward(predict(trainer.network, x), labels)
    assert record.loss == pytest.approx(expected, rel=1e-6)
    assert record.accuracy == 0.5
    assert [report[:2] for report in reports] == [(1, 1), (1, 2)]
    assert reports[-1][2:] == (record.loss, record.accuracy)


def test_without_validation_the_last_weights_stay(build_trainer: Callable) -> None:
    trainer = build_trainer()
    seen: list[dict] = []
    trainer.on_epoch = lambda record: seen.append(copied(trainer.network.params))
    trainer.fit(ArrayBatches(*problem(), 10), 2)
    for key, w in trainer.network.params.items():
        np.testing.assert_array_equal(w, seen[-1][key])


def test_validation_keeps_the_best_weights(scripted: Callable) -> None:
    trainer, script = scripted([1.0, 3.0, 2.0, -1.0])
    history = trainer.fit(script, 4)
    assert [record.validation_loss for record in history] == pytest.approx(
        [math.log1p(math.exp(-w)) for w in (1, 3, 2, -1)], rel=1e-5
    )
    assert [record.validation_accuracy for record in history] == [1, 1, 1, 0]
    assert trainer.network.params["0/w"][0, 0] == 3


@pytest.mark.parametrize("averaged", [False, True])
def test_validation_does_not_disturb_training(averaged: bool, build_trainer: Callable) -> None:
    plain, validated = build_trainer(), build_trainer(validation=problem(seed=1))
    for trainer in (plain, validated):
        trainer.average = EMA(trainer.network.state_dict()) if averaged else None
        trainer.fit(ArrayBatches(*problem(), 10), 3)
    assert [record.loss for record in plain.history] == [record.loss for record in validated.history]


def test_patience_stops_after_so_many_epochs_without_a_better_one(scripted: Callable) -> None:
    trainer, script = scripted([1.0, 3.0, 2.0, 2.5, 9.0], patience=2)
    assert len(trainer.fit(script, 5)) == 4
    assert trainer.network.params["0/w"][0, 0] == 3
    assert len(trainer.fit(script, 5)) == 4  # patience stays exhausted


def test_patience_is_not_lost_while_it_gets_better(scripted: Callable) -> None:
    trainer, script = scripted([1.0, 0.5, 2.0, 1.5, 3.0], patience=2)
    assert len(trainer.fit(script, 5)) == 5


def test_the_average_is_what_is_validated_and_kept(build_trainer: Callable) -> None:
    validation = problem(seed=1)
    trainer = build_trainer(validation=validation)
    trainer.average = EMA(trainer.network.state_dict(), 0.8)
    averages: list[dict] = []
    trainer.on_epoch = lambda record: averages.append(copied(trainer.average.arrays))
    history = trainer.fit(ArrayBatches(*problem(), 10), 4)
    best = int(np.argmin([record.validation_loss for record in history]))
    for key, w in trainer.network.params.items():
        np.testing.assert_array_equal(w, averages[best][key])
    loss = SoftmaxCrossEntropy().forward(predict(trainer.network, validation[0]), validation[1])
    assert history[best].validation_loss == loss


def test_the_average_is_kept_without_validation(build_trainer: Callable) -> None:
    trainer = build_trainer()
    trainer.average = EMA(trainer.network.state_dict())
    trainer.fit(ArrayBatches(*problem(), 10), 2)
    assert trainer.average.steps == 12
    for key, w in trainer.network.params.items():
        np.testing.assert_array_equal(w, trainer.average.arrays[key])


def test_an_average_without_the_buffers_is_refused(build_buffered_network: Callable) -> None:
    network = build_buffered_network(0)
    trainer = Trainer(network, Adam(network.params), average=EMA(network.params))
    with pytest.raises(ValueError, match=r"use EMA\(network\.state_dict\(\)\)"):
        trainer.fit(ArrayBatches(*problem(), 10), 1)


@pytest.mark.parametrize("averaged", [False, True])
def test_buffers_are_validated_and_kept_with_the_weights(averaged: bool, build_buffered_network: Callable) -> None:
    network, x, labels = build_buffered_network(0), *problem(seed=1)
    average = EMA(network.state_dict(), 0.8) if averaged else None
    trainer = Trainer(network, Adam(network.params, 0.03), rng=0, validation=(x, labels), average=average)
    states: list[dict] = []
    trainer.on_epoch = lambda record: states.append(copied(average.arrays if average else network.state_dict()))
    history = trainer.fit(ArrayBatches(*problem(), 10), 4)
    best = min(history, key=lambda record: record.validation_loss)
    for key, array in network.state_dict().items():
        np.testing.assert_array_equal(array, states[best.epoch - 1][key])
    assert network.buffers["4/batches"] == 6 * best.epoch
    assert best.validation_loss == SoftmaxCrossEntropy().forward(predict(network, x), labels)


def test_without_a_schedule_the_optimizer_keeps_its_learning_rate(build_small_network: Callable) -> None:
    network = build_small_network(0)
    trainer = Trainer(network, Adam(network.params, learning_rate=0.0625), rng=0)
    assert trainer.fit(ArrayBatches(*problem(), 30), 1)[0].learning_rate == 0.0625


@pytest.mark.parametrize("diverges", [False, True])
def test_after_fit_the_network_gives_input_gradients_again(diverges: bool, build_trainer: Callable) -> None:
    trainer, (x, labels) = build_trainer(), problem()
    given: list[object] = []
    backward = trainer.network.backward
    trainer.network.backward = lambda dy: given.append(backward(dy))
    with pytest.raises(DivergenceError) if diverges else nullcontext():
        trainer.fit(ArrayBatches(x * np.float32(np.nan if diverges else 1), labels, 60), 1)
    assert given == [None] * (not diverges)
    y = trainer.network.forward(x)
    assert backward(np.ones_like(y)).shape == x.shape


def test_a_seed_is_as_good_as_a_generator(build_small_network: Callable) -> None:
    trainers = []
    for rng in (3, np.random.default_rng(3)):
        network = build_small_network(0)
        trainers.append(Trainer(network, Adam(network.params), rng=rng))
        trainers[-1].fit(ArrayBatches(*problem(), 10), 1)
    assert trainers[0].history[0].loss == trainers[1].history[0].loss


def test_a_validation_loss_of_nan_is_never_the_best(scripted: Callable) -> None:
    trainer, script = scripted([1.0], patience=1)
    trainer.history = [Epoch(1, 1, 1, 1, 1, validation_loss=math.nan), Epoch(2, 1, 1, 1, 1, validation_loss=0.7)]
    assert len(trainer.fit(script, 3)) == 3


def test_the_same_seed_is_the_same_run_and_another_is_another(build_trainer: Callable) -> None:
    one, same, other = (build_trainer(seed) for seed in (4, 4, 5))
    for trainer in (one, same, other):
        trainer.fit(ArrayBatches(*problem(), 10), 3)
    for key, w in one.network.params.items():
        np.testing.assert_array_equal(w, same.network.params[key])
        assert (w != other.network.params[key]).any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_stops_and_names_the_step(value: float, build_trainer: Callable) -> None:
    x, labels = problem()
    trainer = build_trainer()
    trainer.fit(ArrayBatches(x, labels, 10), 1)
    before = copied(trainer.network.params)
    broken = np.full_like(x, value)
    with pytest.raises(DivergenceError, match=r"the loss became nan at step 7 \(epoch 2\); try a smaller learning"):
        trainer.fit(ArrayBatches(broken, labels, 10), 2)
    assert len(trainer.history) == 1
    for key, w in trainer.network.params.items():
        np.testing.assert_array_equal(w, before[key])


def test_an_infinite_loss_stops_too(scripted: Callable) -> None:
    trainer, script = scripted([-np.inf])
    with pytest.raises(DivergenceError, match="at step 1"):
        trainer.fit(script, 1)


@pytest.mark.parametrize("part", ["weights", "squared gradients", "average"])
def test_divergence_in_the_last_step_of_an_epoch_leaves_the_checkpoint_before(
    part: str, build_trainer: Callable, tmp_path: Path
) -> None:
    def diverge(epoch: int, *_: object) -> None:
        if epoch == 2:
            arrays = {
                "weights": trainer.network.params,
                "squared gradients": trainer.optimizer.v,
                "average": trainer.average.arrays,
            }
            arrays[part]["3/w"][0, 0] = np.inf

    trainer = build_trainer(checkpoint=tmp_path / "checkpoint.npz", on_batch=diverge)
    trainer.average = EMA(trainer.network.state_dict())
    with pytest.raises(DivergenceError, match=r"diverged by step 2 \(epoch 2\): .*3/w is not .*; try a smaller"):
        trainer.fit(ArrayBatches(*problem(), 60), 3)
    resumed = build_trainer()
    resumed.average = EMA(resumed.network.state_dict())
    resumed.resume(tmp_path / "checkpoint.npz")
    assert resumed.history == trainer.history
    assert len(resumed.history) == 1


@pytest.mark.parametrize("options", [{"patience": 2}, {"patience": 0, "validation": problem()}])
def test_patience_needs_validation_and_is_at_least_one(options: dict, build_trainer: Callable) -> None:
    with pytest.raises(ValueError, match="patience must be at least 1, and needs validation; got"):
        build_trainer(**options)


def test_a_source_without_batches_is_refused(scripted: Callable) -> None:
    trainer, script = scripted([1.0])
    script.epoch = lambda rng: []
    with pytest.raises(ValueError, match="the data source yields no batches"):
        trainer.fit(script, 1)
