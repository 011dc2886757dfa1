"""The residual network: layers and shapes, gradients, resumed and threaded training to the same bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import npcnn
from emotion.networks.resnet import INPUT_SHAPE, build_network
from npcnn import EMA, Adam, ArrayBatches, Constant, Residual, Trainer, check_gradients, compile_network, predict


def trainer_of(seed: int, checkpoint: Path | None = None) -> Trainer:
    rng = np.random.default_rng(seed)
    network = build_network(rng)
    average = EMA(network.state_dict(), 0.9)
    return Trainer(network, Adam(network.params), Constant(1e-3), rng, average=average, checkpoint=checkpoint)


@pytest.fixture(scope="module")
def batches() -> ArrayBatches:
    return ArrayBatches(np.random.default_rng(5).standard_normal((20, *INPUT_SHAPE), np.float32), np.arange(20) % 8, 10)


def test_shapes_and_parameter_counts() -> None:
    network = build_network(0)
    rows = [line.split() for line in npcnn.summary(network, INPUT_SHAPE).splitlines()]
    assert [row[2] for row in rows if row[1:2] == ["Residual"]] == [
        *["32x24x24"] * 2, *["64x12x12"] * 2, *["128x6x6"] * 2, "192x3x3",
    ]  # fmt: skip
    assert npcnn.parameter_count(network) == 1_274_984
    assert network.output_shape(INPUT_SHAPE) == (8,)


@pytest.mark.parametrize("block", [3, 5])
def test_gradients_of_blocks_with_and_without_a_shortcut(block: int) -> None:
    layer = build_network(0).layers[block]
    assert isinstance(layer, Residual)
    errors = check_gradients(layer, np.random.default_rng(2).standard_normal((3, 32, 6, 6)), training=True, samples=6)
    assert max(errors.values()) <= 1e-6


def test_gradients_of_the_whole_network() -> None:
    network = build_network(0)
    x = np.random.default_rng(1).standard_normal((2, *INPUT_SHAPE))
    errors = check_gradients(network, x, training=False, samples=2)
    assert errors.keys() == {*network.params, "x"}
    assert max(errors.values()) <= 1e-6


def test_compiled_network_gives_the_same_logits_with_batch_normalisation_folded(batches: ArrayBatches) -> None:
    trainer = trainer_of(1)
    trainer.fit(batches, 1)  # running statistics that are not those of the beginning
    compiled = compile_network(trainer.network, INPUT_SHAPE).predict(batches.x)
    np.testing.assert_allclose(compiled, predict(trainer.network, batches.x), rtol=1e-3, atol=1e-4)


def test_training_is_the_same_with_any_number_of_threads_and_resumed(
    batches: ArrayBatches, set_threads: Callable, tmp_path: Path
) -> None:
    set_threads(1)
    whole = trainer_of(3)
    whole.fit(batches, 2)
    set_threads(2)
    trainer_of(3, tmp_path / "half.npz").fit(batches, 1)
    resumed = trainer_of(3)
    resumed.resume(tmp_path / "half.npz")
    resumed.fit(batches, 2)
    for key, array in whole.network.state_dict().items():
        np.testing.assert_array_equal(resumed.network.state_dict()[key], array)
