"""Which instructions a network becomes, and how images share memory; test_engine.py tests what they compute."""

from __future__ import annotations

from itertools import accumulate, groupby

import numpy as np

from npcnn import ELU, AvgPool2D, BatchNorm2D, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Residual, Sequential
from npcnn.inference.interpreter import (
    AVG_POOL,
    CLEAR,
    CONV2D,
    CONV2D_IN_TILES,
    MAX_POOL,
    TO_CHANNELS_FIRST,
    TO_CHANNELS_LAST,
    Instruction,
)
from npcnn.inference.plan import ExecutionPlan

SHAPE = (2, 8, 8)


def rows(instructions: np.ndarray) -> list[Instruction]:
    return [Instruction(*map(int, row)) for row in instructions]


def instructions(*layers: object) -> list[Instruction]:
    return rows(ExecutionPlan(Sequential(*layers), SHAPE, np.float32, 1).instructions)


def test_batch_normalisation_pooling_activation_and_sum_are_part_of_a_convolution(rng: np.random.Generator) -> None:
    body = Sequential(Conv2D(2, 3, 2, rng=rng), BatchNorm2D(3), ELU(), Conv2D(3, 4, 2, rng=rng), MaxPool2D(2))
    shortcut = Sequential(Conv2D(2, 4, 2, stride=2, rng=rng), BatchNorm2D(4))
    steps = instructions(Residual(body, shortcut, ReLU()), Dropout(0.5), Flatten(), Dense(64, 5, rng))
    # Only what is padded is cleared.
    expected = [CLEAR, TO_CHANNELS_LAST, CLEAR, CONV2D, CONV2D, CONV2D, TO_CHANNELS_FIRST]
    assert [step.operation for step in steps] == expected
    assert [step.target for step in steps[:4:2]] == [step.target for step in steps[1:4:2]]
    assert [step.apply_elu for step in steps] == [0, 0, 0, 1, 0, 1, 0]
    assert [step.add_first for step in steps] == [0, 0, 0, 0, 0, 1, 0]
    assert steps[5].target == steps[4].target  # the shortcut is added to the body


def test_parts_of_the_operations_compute_each_output_once(rng: np.random.Generator) -> None:
    layers = Conv2D(2, 16, 2, rng=rng), MaxPool2D(2), ELU(), Conv2D(16, 40, 3, rng=rng), AvgPool2D(2)
    plan = ExecutionPlan(Sequential(*layers), (2, 32, 32), np.float32, 8)
    instructions, parts = rows(plan.instructions), rows(plan.parts)
    steps = [list(step) for _, step in groupby(parts, lambda part: part.after)]
    assert [step[0].after for step in steps] == [0, *accumulate(map(len, steps[:-1]))]
    assert {CONV2D, CONV2D_IN_TILES, AVG_POOL} <= {instruction.operation for instruction in instructions}
    for instruction, step in zip(instructions, steps, strict=True):
        assert {part.operation for part in step} == {instruction.operation}
        if instruction.operation in (CONV2D, CONV2D_IN_TILES, AVG_POOL):
            assert len(step) == 8
            written = [index for part in step for index in outputs(plan, part)]
            assert len(set(written)) == len(written)
            assert sorted(written) == sorted(outputs(plan, instruction))


def outputs(plan: ExecutionPlan, step: Instruction) -> list[int]:
    """Where an instruction writes."""
    table = plan.tables[step.table :]
    targets = table[2 + table[0] :][: table[1 + table[0]]]
    return [int(target) + step.target + channel for target in targets for channel in range(step.channels)]


def test_the_remaining_layers_run_eagerly(rng: np.random.Generator) -> None:
    layers = Conv2D(2, 3, 2, rng=rng), Sequential(ELU(), Sequential(Flatten(), Dense(192, 3, rng)))
    plan = ExecutionPlan(Sequential(*layers), SHAPE, np.float32, 1)
    assert [type(layer) for layer in plan.remaining_layers] == [Flatten, Dense]
    assert plan.output_shape == (3, 8, 8)
    for network, shape in ((Sequential(Dense(8, 3, rng)), (8,)), (Sequential(Flatten()), SHAPE)):
        plan = ExecutionPlan(network, shape, np.float32, 1)
        assert len(plan.instructions) == 0
        assert plan.remaining_layers == list(network.layers)


def test_a_residual_block_is_covered_as_a_whole_or_not_at_all(rng: np.random.Generator) -> None:
    block = Residual(Sequential(Conv2D(2, 2, 2, rng=rng), Flatten()), Flatten())
    plan = ExecutionPlan(Sequential(ELU(), block), SHAPE, np.float32, 1)
    assert [step.operation for step in rows(plan.instructions) if step.operation != CLEAR] == [
        TO_CHANNELS_LAST,
        MAX_POOL,
        TO_CHANNELS_FIRST,
    ]
    assert plan.remaining_layers == [block]


def test_images_reuse_the_memory_of_those_that_are_no_longer_needed(rng: np.random.Generator) -> None:
    def plan_of(depth: int) -> ExecutionPlan:
        layers = (layer for _ in range(depth) for layer in (Conv2D(2, 2, 3, rng=rng), ELU()))
        return ExecutionPlan(Sequential(*layers), SHAPE, np.float32, 1)

    assert plan_of(10).memory_size == plan_of(3).memory_size
    steps = rows(plan_of(10).instructions)
    assert all(step.source != step.target for step in steps if step.operation in (CONV2D, MAX_POOL))
