"""The kernel of compiled inference: it takes an image through all instructions of an execution plan.

What passes between two layers stays in the cache, and no Python runs in between. ``plan.py`` writes the instructions.
"""

from __future__ import annotations

from typing import NamedTuple

from npcnn.kernels.conv2d.forward import Epilogue, convolve
from npcnn.kernels.conv2d.layout import PaddedLayout, WindowOffsets, to_channels_first, to_channels_last
from npcnn.kernels.conv2d.pooling import pool
from npcnn.kernels.conv2d.winograd import TileOffsets, convolve_tiles
from npcnn.runtime.compile import kernel
from npcnn.runtime.tasks import next_tasks, thread_index

TO_CHANNELS_LAST, CONV2D, CONV2D_IN_TILES, MAX_POOL, AVG_POOL, TO_CHANNELS_FIRST = range(6)
"""The operations: read the image, compute, write the result."""


class Instruction(NamedTuple):
    """A step of an execution plan; fields that its operation does not use are 0."""

    operation: int
    source: int = 0  # index of the input's buffer in the memory of a thread
    target: int = 0  # index of the output's buffer there
    clear: int = 0  # elements of the output's buffer to zero first, because it has padding
    input_channels: int = 0
    channels: int = 0  # output channels
    weights: int = 0  # index of the packed weights of a convolution
    table: int = 0  # index, among the tables, of the windows, or of the shape and layout of the image
    add_first: int = 0  # for the Epilogue, like the next two
    apply_elu: int = 0
    add_last: int = 0


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
    return Instruction(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10])


@kernel
def run(call, x, instructions, tables, alphas, packed, memory, y):
    """Take each image of a batch through all instructions; an image is a task of ``call``.

    x (N, C, H, W). instructions: an ``Instruction`` in each row, as int64. tables: flat, see ``encode_offsets``.
    alphas: of the ELU of each instruction. packed: flat, the weights of all convolutions. memory: a row for each
    thread, which holds the buffers of one image. y (N, C, H, W): the results.
    """
    thread = thread_index(call)
    if thread >= len(memory):  # threads were added since the memory was allocated
        return
    for n in next_tasks(call):
        buffers = memory[thread]
        for i in range(len(instructions)):
            step = _decode_instruction(instructions[i])
            source, target, table = buffers[step.source :], buffers[step.target :], tables[step.table :]
            target[: step.clear] = 0
            if step.operation == TO_CHANNELS_LAST:
                layout = PaddedLayout(table[3], table[4], table[5], table[6])
                to_channels_last(x[n].reshape(-1), (table[0], table[1], table[2]), target, layout)
            elif step.operation == TO_CHANNELS_FIRST:
                layout = PaddedLayout(table[3], table[4], table[5], table[6])
                to_channels_first(source, layout, y[n].reshape(-1), (table[0], table[1], table[2]))
            else:
                a, b, c, d = _decode_offsets(table)
                epilogue = Epilogue(step.add_first > 0, step.apply_elu > 0, alphas[i], step.add_last > 0)
                weights = packed[step.weights :]
                if step.operation == CONV2D_IN_TILES:
                    offsets = TileOffsets(a, b, c, d)
                    convolve_tiles(step.channels, step.input_channels, source, weights, offsets, epilogue, target)
                elif step.operation == CONV2D:
                    convolve(step.channels, source, weights, WindowOffsets(a, b, c, d), epilogue, target, packed[:0])
                else:
                    average = step.operation == AVG_POOL
                    pool(step.channels, source, WindowOffsets(a, b, c, d), average, epilogue, target)
