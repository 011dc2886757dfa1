"""The kernels of compiled inference: they take an image through all instructions of an execution plan.

What passes between two layers stays in the cache, and no Python runs in between. ``plan.py`` writes the instructions.
"""

from __future__ import annotations

from typing import NamedTuple

from npcnn.kernels.conv2d.forward import Epilogue, convolve
from npcnn.kernels.conv2d.layout import PaddedLayout, WindowOffsets, to_channels_first, to_channels_last
from npcnn.kernels.conv2d.pooling import pool
from npcnn.kernels.conv2d.winograd import TileOffsets, convolve_tiles
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks, next_tasks_in_order, thread_index, wait_for_tasks

TO_CHANNELS_LAST, CLEAR, CONV2D, CONV2D_IN_TILES, MAX_POOL, AVG_POOL, TO_CHANNELS_FIRST = range(7)
"""The operations: read the image, zero a buffer that has padding, compute, write the result."""


class Instruction(NamedTuple):
    """A step of an execution plan, or a part of one; fields that its operation does not use are 0."""

    operation: int
    source: int = 0  # index of the input's buffer in the memory of a thread
    target: int = 0  # index of the output's buffer there
    size: int = 0  # elements of a buffer to zero
    input_channels: int = 0
    channels: int = 0  # output channels
    weights: int = 0  # index of the packed weights of a convolution
    table: int = 0  # index, among the tables, of the windows, or of the shape and layout of the image
    add_first: int = 0  # for the Epilogue, like the next three
    apply_elu: int = 0
    alpha: int = 0  # index among the alphas
    add_last: int = 0
    after: int = 0  # instructions that must be done before, if threads share an image


def encode_image(shape: tuple, layout: PaddedLayout) -> list[int]:
    """The table of TO_CHANNELS_LAST and TO_CHANNELS_FIRST."""
    return [*shape, *layout]


def encode_offsets(offsets: WindowOffsets | TileOffsets) -> list[int]:
    """The table of the other operations: four arrays, each after its length."""
    return [number for part in offsets for number in (len(part), *part.tolist())]


@kernel
def _decode_offsets(table):
    """The four arrays of a table."""
    b = 1 + table[0]
    c = b + 1 + table[b]
    d = c + 1 + table[c]
    return table[1:b], table[b + 1 : c], table[c + 1 : d], table[d + 1 : d + 1 + table[d]]


@kernel
def _decode_instruction(row):
    """The ``Instruction`` in a row of the plan."""
    first = row[0], row[1], row[2], row[3], row[4], row[5], row[6]
    return Instruction(*first, row[7], row[8], row[9], row[10], row[11], row[12])


@kernel
def _execute(step, x, tables, alphas, packed, buffers, y):
    """Execute ``step``, an ``Instruction``, for one image.

    x: the image, flat. tables, alphas and packed: those of ``run``. buffers: a row of its memory. y: the result, flat.
    """
    source, target, table = buffers[step.source :], buffers[step.target :], tables[step.table :]
    if step.operation == CLEAR:
        target[: step.size] = 0
    elif step.operation == TO_CHANNELS_LAST:
        layout = PaddedLayout(table[3], table[4], table[5], table[6])
        to_channels_last(x, (table[0], table[1], table[2]), target, layout)
    elif step.operation == TO_CHANNELS_FIRST:
        layout = PaddedLayout(table[3], table[4], table[5], table[6])
        to_channels_first(source, layout, y, (table[0], table[1], table[2]))
    else:
        a, b, c, d = _decode_offsets(table)
        epilogue = Epilogue(step.add_first > 0, step.apply_elu > 0, alphas[step.alpha], step.add_last > 0)
        weights = packed[step.weights :]
        if step.operation == CONV2D_IN_TILES:
            offsets = TileOffsets(a, b, c, d)
            convolve_tiles(step.channels, step.input_channels, source, weights, offsets, epilogue, target)
        elif step.operation == CONV2D:
            convolve(step.channels, source, weights, WindowOffsets(a, b, c, d), epilogue, target, packed[:0])
        else:
            average = step.operation == AVG_POOL
            pool(step.channels, source, WindowOffsets(a, b, c, d), average, epilogue, target)


@kernel
def run(call, x, instructions, tables, alphas, packed, memory, y):
    """Take each image of a batch through all instructions; an image is a task of ``call``.

    x (N, C, H, W). instructions: an ``Instruction`` in each row, as int64. tables: flat, see ``encode_offsets``.
    alphas: of the ELUs. packed: flat, the weights of all convolutions. memory: a row for each thread, which holds the
    buffers of one image. y (N, C, H, W): the results.
    """
    thread = thread_index(call)
    if thread >= len(memory):  # threads were added since the memory was allocated
        return
    for n in next_tasks(call):
        for i in range(len(instructions)):
            step = _decode_instruction(instructions[i])
            _execute(step, x[n].reshape(-1), tables, alphas, packed, memory[thread], y[n].reshape(-1))


@kernel
def run_together(call, x, instructions, tables, alphas, packed, memory, y):
    """Take one image through all instructions, which are the tasks of ``call``, so that its threads share the work.

    x (1, C, H, W). instructions, tables, alphas, packed and y (1, C, H, W): as for ``run``. memory: one row.
    """
    for i in next_tasks_in_order(call):
        step = _decode_instruction(instructions[i])
        wait_for_tasks(call, step.after)
        _execute(step, x.reshape(-1), tables, alphas, packed, memory[0], y.reshape(-1))
