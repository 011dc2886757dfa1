"""Which instructions a network becomes, and how images share memory; test_engine.py tests what they compute."""

from __future__ import annotations

import numpy as np

from npcnn import ELU, BatchNorm2D, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Residual, Sequential
from npcnn.inference.interpreter import CONV2D, MAX_POOL, TO_CHANNELS_FIRST, TO_CHANNELS_LAST, Instruction
from npcnn.inference.plan import ExecutionPlan

SHAPE = (2, 8, 8)


def instructions(*layers: object) -> list[Instruction]:
    plan = ExecutionPlan(Sequential(*layers), SHAPE, np.float32)
    return [Instruction(*map(int, row)) for row in plan.instructions]


def test_batch_normalisation_pooling_activation_and_sum_are_part_of_a_convolution(rng: np.random.Generator) -> None:
    body = Sequential(Conv2D(2, 3, 2, rng=rng), BatchNorm2D(3), ELU(), Conv2D(3, 4, 2, rng=rng), MaxPool2D(2))
    shortcut = Sequential(Conv2D(2, 4, 2, stride=2, rng=rng), BatchNorm2D(4))
    steps = instructions(Residual(body, shortcut, ReLU()), Dropout(0.5), Flatten(), Dense(64, 5, rng))
    assert [step.operation for step in steps] == [TO_CHANNELS_LAST, CONV2D, CONV2D, CONV2D, TO_CHANNELS_FIRST]
    assert [step.apply_elu for step in steps] == [0, 1, 0, 1, 0]
    assert [step.add_first for step in steps] == [0, 0, 0, 1, 0]
    assert steps[3].target == steps[2].target  # the shortcut is added to the body
    assert [step.clear > 0 for step in steps] == [True, True, False, False, False]  # only what is padded


def test_the_remaining_layers_run_eagerly(rng: np.random.Generator) -> None:
    layers = Conv2D(2, 3, 2, rng=rng), Sequential(ELU(), Sequential(Flatten(), Dense(192, 3, rng)))
    plan = ExecutionPlan(Sequential(*layers), SHAPE, np.float32)
    assert [type(layer) for layer in plan.remaining_layers] == [Flatten, Dense]
    assert plan.output_shape == (3, 8, 8)
    for network, shape in ((Sequential(Dense(8, 3, rng)), (8,)), (Sequential(Flatten()), SHAPE)):
        plan = ExecutionPlan(network, shape, np.float32)
        assert len(plan.instructions) == 0
        assert plan.remaining_layers == list(network.layers)


def test_a_residual_block_is_covered_as_a_whole_or_not_at_all(rng: np.random.Generator) -> None:
    block = Residual(Sequential(Conv2D(2, 2, 2, rng=rng), Flatten()), Flatten())
    plan = ExecutionPlan(Sequential(ELU(), block), SHAPE, np.float32)
    assert plan.instructions[:, 0].tolist() == [TO_CHANNELS_LAST, MAX_POOL, TO_CHANNELS_FIRST]
    assert plan.remaining_layers == [block]


def test_images_reuse_the_memory_of_those_that_are_no_longer_needed(rng: np.random.Generator) -> None:
    def plan_of(depth: int) -> ExecutionPlan:
        layers = (layer for _ in range(depth) for layer in (Conv2D(2, 2, 3, rng=rng), ELU()))
        return ExecutionPlan(Sequential(*layers), SHAPE, np.float32)

    assert plan_of(10).memory_size == plan_of(3).memory_size
    steps = [Instruction(*map(int, row)) for row in plan_of(10).instructions]
    assert all(step.source != step.target for step in steps[1:-1])
