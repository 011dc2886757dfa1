"""A run that was interrupted and resumed is the run that never was."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from npcnn import (
    EMA,
    Adam,
    ArrayBatches,
    Dense,
    Dropout,
    Sequential,
    Trainer,
    WarmupCosine,
    WeightsError,
    save_weights,
)
from npcnn.serialization import load_arrays, save_arrays

EPOCHS = 6


def examples(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((30, 2, 8, 8), np.float32), rng.integers(0, 3, 30)


@pytest.fixture
def build_trainer(build_small_network: Callable, tmp_path: Path) -> Callable[..., Trainer]:
    """A trainer with all that a checkpoint has to hold: dropout, average, validation, patience, decay, clipping."""

    def build(seed: int = 0, average: bool = True, **options: object) -> Trainer:
        network = build_small_network(seed)
        defaults = {
            "validation": examples(9),
            "patience": 4,
            "average": EMA(network.params, 0.9) if average else None,
            "checkpoint": tmp_path / "checkpoint.npz",
        }
        optimizer = Adam(network.params, weight_decay=0.01, clip_norm=1.0)
        schedule = WarmupCosine(0.03, steps=60, warmup=5)
        return Trainer(network, optimizer, schedule, np.random.default_rng(seed), **(defaults | options))

    return build


def run(trainer: Trainer, epochs: int = EPOCHS) -> Trainer:
    trainer.fit(ArrayBatches(*examples(8), 7), epochs)
    return trainer


def assert_same_run(one: Trainer, other: Trainer) -> None:
    """Bit for bit, but for the seconds."""
    pairs = [
        (one.network.params, other.network.params),
        (one.optimizer.m, other.optimizer.m),
        (one.optimizer.v, other.optimizer.v),
    ]
    if one.average is not None:
        pairs.append((one.average.weights, other.average.weights))
        assert one.average.steps == other.average.steps
    for ours, theirs in pairs:
        for key, w in ours.items():
            np.testing.assert_array_equal(w, theirs[key])
    assert [replace(line, seconds=0) for line in one.history] == [replace(line, seconds=0) for line in other.history]
    assert one.optimizer.steps == other.optimizer.steps


@pytest.mark.parametrize(
    "options",
    [{}, {"average": False}, {"validation": None}, {"validation": None, "average": False}],
    ids=["all", "no average", "no validation", "neither"],
)
def test_resumed_is_uninterrupted(options: dict, build_trainer: Callable, tmp_path: Path) -> None:
    whole = run(build_trainer(**options))
    run(build_trainer(**options), epochs=3)
    resumed = build_trainer(seed=77, **options)  # all of this seed has to be overwritten
    resumed.resume(tmp_path / "checkpoint.npz")
    assert len(resumed.history) == 3
    assert_same_run(run(resumed), whole)


def test_an_interruption_in_the_middle_of_an_epoch_falls_back_to_its_start(
    build_trainer: Callable, tmp_path: Path
) -> None:
    def interrupt(epoch: int, batch: int, loss: float, accuracy: float) -> None:
        if (epoch, batch) == (4, 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(build_trainer(on_batch=interrupt))
    resumed = build_trainer(seed=77)
    resumed.resume(tmp_path / "checkpoint.npz")
    assert_same_run(run(resumed), run(build_trainer(checkpoint=None)))


def test_patience_counts_epochs_before_the_interruption(build_trainer: Callable, tmp_path: Path) -> None:
    stopped = run(build_trainer(patience=1), epochs=50)
    assert len(stopped.history) < 50
    resumed = build_trainer(seed=77, patience=1)
    resumed.resume(tmp_path / "checkpoint.npz")
    assert_same_run(run(resumed, epochs=50), stopped)


def test_writing_checkpoints_changes_nothing(build_trainer: Callable) -> None:
    assert_same_run(run(build_trainer(checkpoint=None)), run(build_trainer()))


def test_a_generator_shared_with_the_dropout_stays_shared(tmp_path: Path) -> None:
    def build(seed: int) -> Trainer:
        rng = np.random.default_rng(seed)
        network = Sequential(Dense(4, 8, rng), Dropout(0.5, rng), Dense(8, 2, rng))
        checkpoint = tmp_path / "shared.npz"
        return Trainer(network, Adam(network.params), WarmupCosine(0.01, 60), rng, checkpoint=checkpoint)

    x, labels = np.random.default_rng(3).standard_normal((20, 4), np.float32), np.arange(20) % 2
    whole = build(0)
    whole.fit(ArrayBatches(x, labels, 6), 5)
    build(0).fit(ArrayBatches(x, labels, 6), 2)
    resumed = build(1)
    resumed.resume(tmp_path / "shared.npz")
    resumed.fit(ArrayBatches(x, labels, 6), 5)
    assert_same_run(resumed, whole)


def test_a_checkpoint_of_another_network_is_refused(build_trainer: Callable, tmp_path: Path) -> None:
    run(build_trainer(average=False), epochs=1)
    checkpoint = tmp_path / "checkpoint.npz"
    network = Sequential(Dense(4, 2))
    fewer = Trainer(network, Adam(network.params), WarmupCosine(0.01, 60), np.random.default_rng(0))
    before = network.params["0/w"].copy()
    with pytest.raises(WeightsError, match="is of another training: its random generators"):
        fewer.resume(checkpoint)
    network = Sequential(Dense(4, 2), Dropout(0.5, np.random.default_rng(1)))
    other = Trainer(network, Adam(network.params), WarmupCosine(0.01, 60), np.random.default_rng(0))
    with pytest.raises(WeightsError, match=f"{checkpoint} is for another network"):
        other.resume(checkpoint)
    with pytest.raises(WeightsError, match=r"average/.* is in only one of the two"):
        build_trainer(average=True).resume(checkpoint)
    np.testing.assert_array_equal(fewer.network.params["0/w"], before)
    assert fewer.history == other.history == []


def test_weights_alone_are_no_checkpoint(build_trainer: Callable, tmp_path: Path) -> None:
    trainer = build_trainer()
    save_weights(trainer.network, tmp_path / "weights.npz")
    with pytest.raises(WeightsError, match=r"weights\.npz is no checkpoint; give one that training wrote"):
        trainer.resume(tmp_path / "weights.npz")


@pytest.mark.parametrize("notes", ["", "[]", "{}", '{"history": [{"epoch": 1}]}', "not json"])
def test_broken_notes_are_refused(notes: str, build_trainer: Callable, tmp_path: Path) -> None:
    trainer = run(build_trainer(), epochs=1)
    arrays = load_arrays(tmp_path / "checkpoint.npz")
    save_arrays(tmp_path / "broken.npz", arrays | {"notes": np.array(notes)})
    with pytest.raises(WeightsError, match=r"broken\.npz is no checkpoint"):
        trainer.resume(tmp_path / "broken.npz")


def test_a_missing_checkpoint_is_named(build_trainer: Callable, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.npz"):
        build_trainer().resume(tmp_path / "none.npz")


def test_notes_hold_plain_numbers_only(build_trainer: Callable, tmp_path: Path) -> None:
    run(build_trainer(), epochs=2)
    arrays = load_arrays(tmp_path / "checkpoint.npz")
    notes = json.loads(str(arrays["notes"]))
    assert [line["epoch"] for line in notes["history"]] == [1, 2]
    assert notes["steps"] == notes["average_steps"] == 10
    assert all(array.dtype != object for array in arrays.values())
