"""The emotion network: layers and shapes, gradients, and bit-exact reproducibility of training."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import npcnn
from emotion.labels import EMOTIONS
from emotion.networks.original import INPUT_SHAPE, build_network
from npcnn import ELU, Adam, ArrayBatches, Constant, MaxPool2D, Residual, Sequential, Trainer, check_gradients, predict

PREDICT_WITHOUT_COMPILER = """
import sys
import numpy as np
import npcnn
from emotion.networks.original import build_network
faces = np.zeros((2, 1, 64, 64), np.float32)
with npcnn.use_backend("reference"):
    print(npcnn.predict(build_network(), faces).shape, "numba" in sys.modules)
"""


@pytest.fixture
def network() -> Sequential:
    """The network, initialised from a fixed seed."""
    return build_network(np.random.default_rng(0))


@pytest.fixture
def faces() -> np.ndarray:
    """A batch of three noise images."""
    return np.random.default_rng(1).standard_normal((3, *INPUT_SHAPE), np.float32)


def train_twenty_steps(seed: int) -> dict[str, np.ndarray]:
    """Return the weights after twenty training steps with batches of ten."""
    rng = np.random.default_rng(seed)
    network = build_network(rng)
    x = np.random.default_rng(5).standard_normal((100, *INPUT_SHAPE), np.float32)
    trainer = Trainer(network, Adam(network.params, weight_decay=0.01), Constant(1e-3), rng)
    trainer.fit(ArrayBatches(x, np.arange(100) % 8, 10), 2)
    assert trainer.optimizer.steps == 20
    return network.params


def test_layers_shapes_and_parameter_counts(network: Sequential) -> None:
    rows = [line.split() for line in npcnn.summary(network, INPUT_SHAPE).splitlines()]
    convolutions = [tuple(row[2:]) for row in rows if row[1:2] == ["Conv2D"]]
    assert convolutions == [
        ("16x64x64", "80"),
        ("16x32x32", "1,040"),
        ("16x16x16", "272"),
        ("32x16x16", "2,080"),
        ("64x8x8", "8,256"),
        ("64x4x4", "16,448"),
    ]
    assert [tuple(row[2:]) for row in rows if row[1:2] == ["Dense"]] == [("1024", "1,049,600"), ("8", "8,200")]
    assert [tuple(row[2:3]) for row in rows if row[1:2] == ["Residual"]] == [("16x16x16",), ("64x4x4",)]
    assert rows[-1] == ["total", "1,085,976"]
    assert npcnn.parameter_count(network) == 1_085_976
    assert [layer.rate for layer in network.layers if isinstance(layer, npcnn.Dropout)] == [0.3, 0.5, 0.5]


def test_logits_have_a_column_for_each_emotion(network: Sequential, faces: np.ndarray) -> None:
    logits = predict(network, faces)
    assert (logits.shape, logits.dtype) == ((3, len(EMOTIONS)), np.float32)
    assert network.output_shape(INPUT_SHAPE) == (len(EMOTIONS),)
    with pytest.raises(ValueError, match=r"Conv2D expected an image of shape \(1, H, W\), got \(3, 64, 64\)"):
        predict(network, np.repeat(faces, 3, axis=1))


def test_pooling_before_elu_is_equivalent_to_pooling_after_elu(network: Sequential, faces: np.ndarray) -> None:
    drawn = build_network(np.random.default_rng(0))
    for block in drawn.layers:
        if isinstance(block, Residual):
            convolution_1, pool_1, elu_1, convolution_2, pool_2, elu_2 = block.body.layers
            assert isinstance(pool_1, MaxPool2D)
            assert isinstance(elu_2, ELU)
            block.body.layers = (convolution_1, elu_1, pool_1, convolution_2, elu_2, pool_2)
    np.testing.assert_array_equal(predict(network, faces), predict(drawn, faces))


@pytest.mark.parametrize(("block", "shape"), [(0, INPUT_SHAPE), (2, (16, 16, 16))])
def test_gradients_of_the_blocks(block: int, shape: tuple, network: Sequential) -> None:
    x = np.random.default_rng(2).standard_normal((2, *shape))
    errors = check_gradients(network.layers[block], x, samples=10)
    assert len(errors) == 7
    assert max(errors.values()) <= 1e-6


@pytest.mark.parametrize("training", [False, True])
def test_gradients_of_the_whole_network(training: bool, network: Sequential, faces: np.ndarray) -> None:
    errors = check_gradients(network, faces[:2], training=training, samples=4)
    assert errors.keys() == {*network.params, "x"}
    assert max(errors.values()) <= 1e-6


def test_training_is_reproducible_with_any_number_of_threads(set_threads: Callable) -> None:
    set_threads(1)
    one = train_twenty_steps(seed=3)
    again = train_twenty_steps(seed=3)
    set_threads(2)
    two = train_twenty_steps(seed=3)
    for key, w in one.items():
        np.testing.assert_array_equal(two[key], w)
        np.testing.assert_array_equal(again[key], w)


def test_weights_depend_on_the_seed() -> None:
    first, second = (build_network(np.random.default_rng(seed)).params for seed in (3, 4))
    trained, other = train_twenty_steps(seed=3), train_twenty_steps(seed=4)
    for key in first:
        assert (trained[key] != other[key]).any()
        if key.endswith("/w"):
            assert (first[key] != second[key]).any()
            assert (first[key] != trained[key]).any()


def test_weights_are_random_without_a_seed() -> None:
    one, other = build_network().params, build_network().params
    assert all((one[key] != other[key]).any() for key in one if key.endswith("/w"))


def test_backends_give_the_same_predictions(network: Sequential, faces: np.ndarray) -> None:
    compiled = predict(network, faces)
    with npcnn.use_backend("reference"):
        np.testing.assert_allclose(predict(network, faces), compiled, atol=1e-4)


def test_reference_backend_does_not_import_numba(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PREDICT_WITHOUT_COMPILER],
        env=os.environ | {"PYTHONPATH": str(Path(npcnn.__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "(2, 8) False"
