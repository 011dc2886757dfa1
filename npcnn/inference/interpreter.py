"""A whole network run by one call: what passes between layers stays in the cache, and no Python runs in between.

The network is a table of instructions (see ``npcnn.inference.plan``). ``run`` takes images through those before the
first dense layer, one at a time; ``run_together`` lets the threads share all instructions of a single image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from npcnn.kernels.conv2d.forward import Epilogue, convolve, pack, tile_count
from npcnn.kernels.conv2d.layout import PaddedLayout, WindowOffsets, to_channels_last
from npcnn.kernels.elu import elu_into
from npcnn.kernels.simd.vectors import aligned_zeros, copy
from npcnn.kernels.small_batch import PARTS, partial_product, sum_partial_products
from npcnn.runtime.compile import inlined, kernel
from npcnn.runtime.tasks import atomic_add, next_tasks, wait_for_tasks

PACK, TO_CHANNELS_LAST, CONVOLVE, DENSE, TOTAL = range(5)


class Step(NamedTuple):
    """A row of the table; what a step does not need is 0. Places are those in the memory of one image."""

    operation: int
    source: int = 0  # place of what it reads
    target: int = 0  # place of what it writes
    inputs: int = 0  # numbers that DENSE reads; taps of the weights of PACK
    outputs: int = 0  # numbers that DENSE and TOTAL write; channels of CONVOLVE
    weights: int = 0  # which of the parameters: these are the weights, the next the bias; of TOTAL, the bias itself
    packed: int = 0  # place of the packed weights of PACK and CONVOLVE among all of them
    table: int = 0  # place of what else belongs to it among the whole numbers
    active: int = 0  # whether an ELU follows CONVOLVE or TOTAL
    adds: int = 0  # whether CONVOLVE adds to what is there


def encoded_image(shape: tuple, canvas: PaddedLayout) -> list[int]:
    """What TO_CHANNELS_LAST finds in its table."""
    return [*shape, *canvas]


def encoded_windows(windows: WindowOffsets) -> list[int]:
    """What CONVOLVE finds in its table."""
    return [number for part in windows for number in (len(part), *part.tolist())]


@kernel
def _decoded_windows(n):
    b = 1 + n[0]
    c = b + 1 + n[b]
    d = c + 1 + n[c]
    return WindowOffsets(n[1:b], n[b + 1 : c], n[c + 1 : d], n[d + 1 : d + 1 + n[d]])


@kernel
def _decoded_step(n):
    return Step(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9])


@kernel
def _lay_out(x, n, part, parts, memory, target):
    """A part of the rows of the flat image x."""
    layout = PaddedLayout(n[3], n[4], n[5], n[6])
    first, last = n[1] * part // parts, n[1] * (part + 1) // parts
    to_channels_last(x, (n[0], n[1], n[2]), memory[target:], layout, first, last)


@kernel
def _pack(step, parameters, packed):
    pack(parameters[step.weights], parameters[step.weights + 1], step.inputs, packed[step.packed :])


@kernel
def _convolve(step, part, parts, memory, numbers, alpha, packed):
    windows = _decoded_windows(numbers[step.table :])
    tiles, epilogue = tile_count(step.outputs, windows, memory), Epilogue(step.active > 0, alpha, step.adds > 0)
    first, last = tiles * part // parts, tiles * (part + 1) // parts
    image, y = memory[step.source :], memory[step.target :]
    convolve(first, last, image, packed[step.packed :], windows, epilogue, y, None)


@kernel
def _dense(step, part, parts, memory, numbers, parameters, given):
    """Some of the parts of the sums that a single image needs; ``given`` is scratch."""
    w, order = parameters[step.weights].reshape(step.inputs, step.outputs), numbers[step.table :]
    for i in range(step.inputs):
        given[i] = memory[step.source + order[i]]
    for i in range(PARTS * part // parts, PARTS * (part + 1) // parts):
        partial_product(i, given[: step.inputs].reshape(1, -1), w, memory, step.target)


@kernel
def _total(step, memory, alpha, parameters, sums):
    sum_partial_products(memory, step.source, parameters[step.weights], sums[: step.outputs].reshape(1, -1))
    if step.active > 0:
        elu_into(sums, 0, step.outputs, alpha, memory, step.target)
    else:
        copy(sums, 0, memory, step.target, step.outputs)


@kernel
def pack_all(steps, parameters, packed):
    """Do all steps that pack weights."""
    for s in range(len(steps)):
        step = _decoded_step(steps[s])
        if step.operation == PACK:
            _pack(step, parameters, packed)


@kernel
def run(call, x, steps, numbers, alphas, packed, memory_size, source, order, features):
    """What the first dense layer reads, features (N, inputs), of the flat images x: all steps before; an image a task.

    order: where the features lie in the memory of an image, from ``source`` on.
    """
    memory = aligned_zeros(memory_size, x)
    for n in next_tasks(call):
        for s in range(len(steps)):
            step = _decoded_step(steps[s])
            if step.operation == TO_CHANNELS_LAST:
                _lay_out(x[n], numbers[step.table :], 0, 1, memory, step.target)
            elif step.operation == CONVOLVE:
                _convolve(step, 0, 1, memory, numbers, x.dtype.type(alphas[s]), packed)
        for i in range(len(order)):
            features[n, i] = memory[source + order[i]]


@inlined
def _draw_part(drawn_parts, place, parts, is_caller, backwards):
    """A part of a step for this thread: of its own half, the caller's being the first, or else of the other.

    So a thread finds in its cache weights that it read for the image before: the last ones, so that every second image
    goes through each half backwards.
    """
    half, k = (parts + 1) // 2, atomic_add(drawn_parts, place + is_caller, 1)
    in_first = is_caller == 1
    if k >= (half if in_first else parts - half):
        in_first = not in_first
        k = atomic_add(drawn_parts, place + 1 - is_caller, 1)
    if in_first:
        return half - 1 - k if backwards else k
    return half + k if backwards else parts - 1 - k


@kernel
def run_together(
    call, x, steps, numbers, alphas, parameters, scratch, tasks, drawn_parts, backwards, memory, packed, y
):
    """The network's output y for one flat image x; its tasks are parts of steps.

    tasks: of each its step, the number of that step's parts, and how many tasks must be done before it may begin.
    drawn_parts: of each step, how many parts of either half are drawn; 0 at first. scratch: the most numbers that a
    dense layer reads or writes.
    """
    own = np.empty(scratch, x.dtype)
    for t in next_tasks(call, True):
        s, parts, before = tasks[t]
        wait_for_tasks(call, before)
        part = _draw_part(drawn_parts, 2 * s, parts, call[2], backwards)
        step, alpha = _decoded_step(steps[s]), x.dtype.type(alphas[s])
        if step.operation == PACK:
            _pack(step, parameters, packed)
        elif step.operation == TO_CHANNELS_LAST:
            _lay_out(x, numbers[step.table :], part, parts, memory, step.target)
        elif step.operation == CONVOLVE:
            _convolve(step, part, parts, memory, numbers, alpha, packed)
        elif step.operation == DENSE:
            _dense(step, part, parts, memory, numbers, parameters, own)
        else:
            _total(step, memory, alpha, parameters, own)
        if t == len(tasks) - 1:
            copy(memory, step.target, y, 0, len(y))
