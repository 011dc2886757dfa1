"""Which networks can be written as steps, and in which stages; what the steps compute is tested in test_program.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from npcnn import ELU, Conv2D, Dense, Flatten, MaxPool2D, Residual, Sequential, predict
from npcnn.inference.interpreter import CONVOLVE, DENSE, PACK, TO_CHANNELS_LAST, TOTAL
from npcnn.inference.plan import ExecutionPlan, NoPlanError

SHAPE = (2, 8, 8)


def test_steps_that_need_nothing_of_each_other_share_a_stage(rng: np.random.Generator) -> None:
    body = Sequential(Conv2D(2, 3, 2, rng=rng), ELU(), Conv2D(3, 4, 2, rng=rng), MaxPool2D(2), ELU())
    shortcut = Sequential(Conv2D(2, 4, 2, stride=2, rng=rng), ELU())
    network = Sequential(Residual(body, shortcut), Flatten(), Dense(64, 5, rng), ELU(), Dense(5, 2, rng))
    written = ExecutionPlan(network, SHAPE)
    stages = [(stage, step.operation, step.adds) for stage, step in zip(written.stages, written.steps, strict=True)]
    assert sorted(stages[:4]) == [(0, PACK, 0)] * 3 + [(0, TO_CHANNELS_LAST, 0)]
    assert stages[4:] == [
        (1, CONVOLVE, 0),  # the shortcut
        (1, CONVOLVE, 0),
        (2, CONVOLVE, 1),
        (3, DENSE, 0),
        (4, TOTAL, 0),
        (5, DENSE, 0),
        (6, TOTAL, 0),
    ]


@pytest.mark.parametrize(
    "layers",
    [
        lambda rng: (Conv2D(2, 3, 2, rng=rng), ELU()),
        lambda rng: (MaxPool2D(2), Flatten(), Dense(32, 3, rng)),
        lambda rng: (Residual(Sequential(), Conv2D(2, 2, 3, rng=rng)), Flatten(), Dense(128, 3, rng)),
        lambda rng: (Residual(Conv2D(2, 2, 3, rng=rng), Sequential()), Flatten(), Dense(128, 3, rng)),
        lambda rng: (ELU(), Flatten(), Dense(128, 3, rng)),
    ],
    ids=["no dense layer", "pooling alone", "a body without a step", "a shortcut without a step", "ELU of an image"],
)
def test_other_networks_are_predicted_layer_by_layer(layers: Callable, rng: np.random.Generator) -> None:
    network, x = Sequential(*layers(rng)), rng.standard_normal((4, *SHAPE), np.float32)
    with pytest.raises(NoPlanError):
        ExecutionPlan(network, SHAPE)
    np.testing.assert_array_equal(predict(network, x), network.forward(x))


def test_rows_of_numbers_are_no_images(rng: np.random.Generator) -> None:
    with pytest.raises(NoPlanError, match="image"):
        ExecutionPlan(Sequential(Dense(8, 3, rng)), (8,))


def test_layers_that_do_not_fit_are_refused_as_by_the_layers(rng: np.random.Generator) -> None:
    network = Sequential(Conv2D(2, 3, 2, rng=rng), ELU(), Dense(192, 3, rng))  # without Flatten
    with pytest.raises(ValueError, match="Dense"):
        ExecutionPlan(network, SHAPE)
    with pytest.raises(ValueError, match="Dense"):
        predict(network, rng.standard_normal((4, *SHAPE), np.float32))
