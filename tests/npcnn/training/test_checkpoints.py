"""An interrupted and resumed run gives the bytes of an uninterrupted one."""

from __future__ import annotations

import copy
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
    Epoch,
    Layer,
    Sequential,
    Trainer,
    WarmupCosine,
    WeightsError,
    save_weights,
)
from npcnn.serialization import load_arrays, save_arrays
from npcnn.training.checkpoints import check_generator_states, load_checkpoint, save_checkpoint

EPOCHS = 6


def examples(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((30, 2, 8, 8), np.float32), rng.integers(0, 3, 30)


@pytest.fixture
def build_trainer(build_buffered_network: Callable, tmp_path: Path) -> Callable[..., Trainer]:
    """A trainer with all that a checkpoint holds: dropout, buffers, average, validation, patience, decay, clipping."""

    def build(seed: int = 0, average: bool = True, **options: object) -> Trainer:
        network = build_buffered_network(seed)
        defaults = {
            "validation": examples(9),
            "patience": 4,
            "average": EMA(network.state_dict(), 0.9) if average else None,
            "checkpoint": tmp_path / "checkpoint.npz",
        }
        optimizer = Adam(network.params, weight_decay=0.01, clip_norm=1.0)
        defaults["schedule"] = WarmupCosine(0.03, steps=60, warmup=5)
        return Trainer(network, optimizer, rng=seed, **(defaults | options))

    return build


def run(trainer: Trainer, epochs: int = EPOCHS) -> Trainer:
    trainer.fit(ArrayBatches(*examples(8), 7), epochs)
    return trainer


def assert_same_run(one: Trainer, other: Trainer) -> None:
    """Bit for bit, but for the seconds."""
    pairs = [
        (one.network.state_dict(), other.network.state_dict()),
        (one.optimizer.m, other.optimizer.m),
        (one.optimizer.v, other.optimizer.v),
    ]
    if one.average is not None:
        pairs.append((one.average.arrays, other.average.arrays))
        assert one.average.steps == other.average.steps
    for ours, theirs in pairs:
        for key, w in ours.items():
            np.testing.assert_array_equal(w, theirs[key])
    assert [replace(record, seconds=0) for record in one.history] == [
        replace(record, seconds=0) for record in other.history
    ]
    assert one.optimizer.steps == other.optimizer.steps


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"average": False},
        {"validation": None, "patience": None},
        {"validation": None, "patience": None, "average": False},
    ],
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


def test_a_state_can_be_copied_without_a_file(build_trainer: Callable) -> None:
    states: list[dict] = []
    whole = build_trainer(checkpoint=None, on_epoch=lambda record: states.append(copy.deepcopy(whole.state_dict())))
    run(whole)
    other = build_trainer(seed=77, checkpoint=None)
    other.load_state_dict(states[2])
    assert len(other.history) == 3
    assert_same_run(run(other), whole)


@pytest.mark.parametrize("killed", ["before the checkpoint", "after the checkpoint"])
def test_what_on_epoch_changes_is_resumed(
    killed: str, build_trainer: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(seed: int, **options: object) -> Trainer:
        def halve(record: Epoch) -> None:
            trainer.optimizer.learning_rate /= 2

        trainer = build_trainer(seed, schedule=None, on_epoch=halve, **options)
        return trainer

    def interrupted_save(path: Path, state: dict) -> None:
        last = len(state["history"]) == 3
        if not last or killed == "after the checkpoint":
            save_checkpoint(path, state)
        if last:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("npcnn.training.trainer.save_checkpoint", interrupted_save)
        run(build(0))
    resumed, whole = build(77), build(0, checkpoint=None)
    resumed.resume(tmp_path / "checkpoint.npz")
    assert_same_run(run(resumed), run(whole))
    assert whole.optimizer.learning_rate == 1e-3 / 2 ** len(whole.history)


@pytest.mark.parametrize("bits", [np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_generators_of_any_layer_and_kind_are_resumed_and_stay_shared(bits: type, tmp_path: Path) -> None:
    class Noise(Layer):
        def __init__(self, source: np.random.Generator) -> None:
            super().__init__()
            self.source = source

        def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
            return x + self.source.standard_normal(x.shape, np.float32) if training else x

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy

    def build(seed: int) -> Trainer:
        shared = np.random.Generator(bits(seed))
        network = Sequential(Noise(shared), Dense(4, 2, shared), Noise(np.random.Generator(bits(seed + 1))))
        return Trainer(network, Adam(network.params), rng=shared, checkpoint=tmp_path / "shared.npz")

    batches = ArrayBatches(np.random.default_rng(3).standard_normal((20, 4), np.float32), np.arange(20) % 2, 6)
    whole, resumed = build(0), build(5)
    whole.fit(batches, 4)
    build(0).fit(batches, 2)
    resumed.resume(tmp_path / "shared.npz")
    resumed.fit(batches, 4)
    assert_same_run(resumed, whole)
    assert len(resumed.state_dict()["generators"]) == 2


def test_writing_checkpoints_changes_nothing(build_trainer: Callable) -> None:
    assert_same_run(run(build_trainer(checkpoint=None)), run(build_trainer()))


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
    with pytest.raises(WeightsError, match=r"average/.* is in only one of them"):
        build_trainer(average=True).resume(checkpoint)
    np.testing.assert_array_equal(fewer.network.params["0/w"], before)
    assert fewer.history == other.history == []


@pytest.mark.parametrize("validated", [True, False])
def test_a_checkpoint_needs_validation_if_it_was_validated_and_only_then(
    validated: bool, build_trainer: Callable
) -> None:
    none = {"validation": None, "patience": None}
    trainer, other = build_trainer(**({} if validated else none)), build_trainer(**(none if validated else {}))
    with pytest.raises(WeightsError, match="is of another training: only one of them has a validation set"):
        other.load_state_dict(run(trainer, epochs=1).state_dict())


def test_weights_alone_are_no_checkpoint(build_trainer: Callable, tmp_path: Path) -> None:
    trainer = build_trainer()
    save_weights(trainer.network, tmp_path / "weights.npz")
    with pytest.raises(WeightsError, match=r"weights\.npz is no checkpoint; give a file that a training run wrote"):
        trainer.resume(tmp_path / "weights.npz")


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"network": {"0/w": {"array": "gone"}}}'])
def test_broken_json_is_refused(text: str, build_trainer: Callable, tmp_path: Path) -> None:
    save_arrays(tmp_path / "broken.npz", {"json": np.array(text)})
    with pytest.raises(WeightsError, match=r"broken\.npz is no (checkpoint|training state)"):
        build_trainer().resume(tmp_path / "broken.npz")


def change(state: dict, path: str, value: object) -> dict:
    """A copy of the state in which the item at a path, with dots between its keys, is another."""
    changed = part = copy.deepcopy(state)
    *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in keys:
        part = part[key]
    part[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.5/w", np.zeros((64, 4), np.float32)),
        ("network.5/w", np.zeros((64, 3), np.int64)),
        ("network.5/w", np.full((64, 3), np.nan, np.float32)),
        ("network.4/mean", np.full(64, np.inf, np.float32)),
        ("network", None),
        ("optimizer.m.5/b", np.zeros(2, np.float32)),
        ("optimizer.v", {}),
        ("optimizer.steps", 1.5),
        ("optimizer.steps", -1),
        ("optimizer.learning_rate", float("nan")),
        ("optimizer.learning_rate", "fast"),
        ("average.steps", None),
        ("average.steps", -1),
        ("average.arrays.4/batches", np.zeros((), np.float32)),
        ("average", None),
        ("average", np.zeros(2)),
        ("best", 0),
        ("best", np.zeros(2)),
        ("best.5/w", np.zeros((3, 64), np.float32)),
        ("configuration", {"seed": np.zeros(2)}),
        ("history", None),
        ("history.0", {"epoch": 1}),
        ("history.0.loss", "low"),
        ("generators", []),
        ("generators.0", {"bit_generator": "PCG64"}),
        ("generators.1.bit_generator", "MT19937"),
        ("generators.1.state.state", -1),
        ("generators.1.state.state", "?"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(path: str, value: object, build_trainer: Callable) -> None:
    state = copy.deepcopy(run(build_trainer(checkpoint=None), epochs=1).state_dict())
    trainer = build_trainer(seed=7, checkpoint=None)
    before = copy.deepcopy(trainer.state_dict())
    with pytest.raises(WeightsError, match="the state is ") as caught:
        trainer.load_state_dict(change(state, path, value))
    assert "\n" not in str(caught.value)
    np.testing.assert_equal(trainer.state_dict(), before)
    trainer.load_state_dict(state)


def test_the_state_of_a_generator_can_be_damaged() -> None:
    rng = np.random.Generator(np.random.MT19937(0))
    state = rng.bit_generator.state
    state["state"]["key"] = state["state"]["key"][:5]
    with pytest.raises(WeightsError, match="the file is of another training: its random generators are not MT19937"):
        check_generator_states([rng], [state], "the file")


def test_a_missing_checkpoint_is_named(build_trainer: Callable, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.npz"):
        build_trainer().resume(tmp_path / "none.npz")


def test_files_hold_named_arrays_and_plain_json(build_trainer: Callable, tmp_path: Path) -> None:
    run(build_trainer(), epochs=2)
    arrays = load_arrays(tmp_path / "checkpoint.npz")
    assert {"network/4/mean", "average/arrays/5/w", "optimizer/m/5/w", "best/4/batches"} <= arrays.keys()
    assert all(array.dtype != object for array in arrays.values())
    state = json.loads(str(arrays["json"]))
    assert [record["epoch"] for record in state["history"]] == [1, 2]
    assert state["optimizer"]["steps"] == state["average"]["steps"] == 10


@pytest.mark.parametrize(
    "state", [{}, {"a": [1, 2.5, None, "text", [{"b/c": np.arange(3)}]], "array": {"array": np.ones(2)}}]
)
def test_any_nested_state_is_read_as_it_was_written(state: dict, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "state.npz", state)
    np.testing.assert_equal(load_checkpoint(tmp_path / "state.npz"), state)


@pytest.mark.parametrize(
    "state",
    [{"configuration": {"array": "x"}}, {"json": np.zeros(2)}, {"a": {"b": np.zeros(2)}, "a/b": np.zeros(2)}],
)
def test_a_state_that_would_be_read_as_another_is_not_written(state: dict, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot write .*; rename "):
        save_checkpoint(tmp_path / "state.npz", state)
    assert list(tmp_path.iterdir()) == []
