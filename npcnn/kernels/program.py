"""A whole network run by one call: what passes between layers stays in the cache, and no Python runs in between.

The network is a table of steps (see ``npcnn.program``, which writes it). ``run`` takes images through those before the
first dense layer, one at a time; ``run_together`` lets the threads share all steps of a single image.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from npcnn.kernels.compile import inlined, kernel
from npcnn.kernels.convolution import convolve
from npcnn.kernels.dense import PARTS, partial_row, total_row
from npcnn.kernels.elu import elu_into
from npcnn.kernels.phases import Geometry, Layout, exchange
from npcnn.kernels.tickets import add_atomically, await_tasks, drawn
from npcnn.kernels.vectors import broadcast, copy, lanes, load, multiply_add, store

LAY_OUT, CONVOLVE, ADD, DENSE, TOTAL = range(5)


_WORTH_ROWS = 96
"""Pixels of a part that are enough for it to be rows of the image: a thread then reads hardly more than it wrote.
Smaller images are cut by channels."""


class Step(NamedTuple):
    """A row of the table; what a step does not need is 0. Places are those in the memory of one image."""

    operation: int
    source: int  # place of what it reads; of CONVOLVE, the grid that LAY_OUT wrote, of TOTAL, the sums of DENSE
    target: int  # place of what it writes; ADD adds the source to it
    input_shape: tuple[int, int, int]  # channels, height, width; of DENSE and TOTAL (numbers, 1, 1)
    output_shape: tuple[int, int, int]
    weights: int  # which of the parameters: these are the weights, the next the bias; of TOTAL, the bias itself
    layout: int  # place of the geometry among the whole numbers
    active: int  # whether an ELU follows CONVOLVE or TOTAL

    def encoded(self) -> list[int]:
        """The step as whole numbers, one after the other."""
        return _flat(self)


def encoded_layout(layout: Layout) -> list[int]:
    """What ``_decoded_layout`` makes the layout of again: all but what only a backward pass needs."""
    return [*_flat(layout.geometry), *layout.windows.shape, *layout.windows.ravel().tolist()]


def _flat(fields: tuple) -> list[int]:
    return [number for field in fields for number in (field if isinstance(field, tuple) else (field,))]


@kernel
def _decoded_step(n):
    return Step(n[0], n[1], n[2], (n[3], n[4], n[5]), (n[6], n[7], n[8]), n[9], n[10], n[11])


@kernel
def _decoded_layout(n):
    geometry = Geometry((n[0], n[1]), (n[2], n[3]), (n[4], n[5]), (n[6], n[7]), (n[8], n[9]), n[10], n[11])
    windows = n[14 : 14 + n[12] * n[13]].reshape(n[12], n[13])
    return Layout(geometry, windows, windows[:0], windows[:0])


@kernel
def _add(memory, source, target, count):
    """Add numbers at ``source`` to those at ``target``; both are followed by as many as a vector holds."""
    p, one = np.uintp(0), broadcast(memory.dtype.type(1))
    while p < np.uintp(count):
        place = np.uintp(target) + p
        store(memory, place, multiply_add(one, load(memory, np.uintp(source) + p), load(memory, place)))
        p += lanes(memory)


@kernel
def _do(step, part, parts, memory, numbers, alpha, parameters, strip, results, places):
    """One of so many parts of a step that does one image: some of its channels, or of its columns."""
    channels, height, width = step.output_shape
    if step.operation == LAY_OUT:
        given, geometry = step.input_shape[0], _decoded_layout(numbers[step.layout :]).geometry
        rows = geometry.size[0]
        pixels = memory[step.source : step.source + given * step.input_shape[1] * step.input_shape[2]]
        first, last, grid = rows * part // parts, rows * (part + 1) // parts, memory[step.target :]
        exchange(True, pixels, (1, *step.input_shape), 0, grid, geometry, first, last)
    elif step.operation == CONVOLVE:
        layout, w, b = _decoded_layout(numbers[step.layout :]), parameters[step.weights], parameters[step.weights + 1]
        if height * width >= parts * _WORTH_ROWS:
            own = 0, channels, height * part // parts, height * (part + 1) // parts
        else:
            own = channels * part // parts, channels * (part + 1) // parts, 0, height
        target = memory[step.target : step.target + channels * height * width].reshape(1, channels, height, width)
        laid, no_argmax = memory[step.source :], np.empty((0, 1, 1, 1), np.uint16)
        convolve(own, 0, laid, w, b, layout, step.active > 0, alpha, target, no_argmax, strip, results, places)
    elif step.operation == ADD:
        _add(memory, step.source, step.target, channels * height * width)
    elif step.operation == DENSE:
        inputs = step.input_shape[0]
        w = parameters[step.weights].reshape(inputs, channels)
        given = memory[step.source : step.source + inputs]
        for i in range(PARTS * part // parts, PARTS * (part + 1) // parts):
            partial_row(i, given, w, memory, step.target)
    else:
        total_row(memory, step.source, parameters[step.weights], results[:channels])
        if step.active > 0:
            elu_into(results, 0, channels, alpha, memory, step.target)
        else:
            copy(results, 0, memory, step.target, channels)


@kernel
def run(call, x, steps, numbers, alphas, parameters, sizes, features):
    """What the first dense layer reads, features (N, inputs), of the flat images x: all steps before; an image a task.

    sizes: numbers in the memory of an image, in a strip, in results.
    """
    memory_size, strip_size, results_size = sizes
    memory, strip = np.zeros(memory_size, x.dtype), np.empty(strip_size, x.dtype)
    results, places = np.empty(results_size, x.dtype), np.empty(0, np.uint16)
    for n in drawn(call):
        memory[: x.shape[1]] = x[n]
        for s in range(len(steps)):
            alpha = x.dtype.type(alphas[s])
            _do(_decoded_step(steps[s]), 0, 1, memory, numbers, alpha, parameters, strip, results, places)
        last = _decoded_step(steps[len(steps) - 1])
        copy(memory, last.target, features.reshape(-1), n * features.shape[1], features.shape[1])


@inlined
def _draw_part(drawn_parts, place, parts, is_caller, backwards):
    """A part of a step for this thread: of its own half, the caller's being the first, or else of the other.

    So a thread finds in its cache weights that it read for the image before: the last ones, so that every second image
    goes through each half backwards.
    """
    half, k = (parts + 1) // 2, add_atomically(drawn_parts, place + is_caller, 1)
    in_first = is_caller == 1
    if k >= (half if in_first else parts - half):
        in_first = not in_first
        k = add_atomically(drawn_parts, place + 1 - is_caller, 1)
    if in_first:
        return half - 1 - k if backwards else k
    return half + k if backwards else parts - 1 - k


@kernel
def run_together(call, x, steps, numbers, alphas, parameters, sizes, tasks, drawn_parts, backwards, memory, y):
    """The network's output y for one flat image x; its tasks are parts of steps.

    tasks: of each its step, the number of that step's parts, and how many tasks must be done before it may begin.
    drawn_parts: of each step, how many parts of either half are drawn; 0 at first.
    """
    _, strip_size, results_size = sizes
    strip, results, places = np.empty(strip_size, x.dtype), np.empty(results_size, x.dtype), np.empty(0, np.uint16)
    for t in drawn(call, True):
        s, parts, before = tasks[t]
        await_tasks(call, before)
        part = _draw_part(drawn_parts, 2 * s, parts, call[2], backwards)
        if t == 0:
            memory[: len(x)] = x
        alpha = x.dtype.type(alphas[s])
        _do(_decoded_step(steps[s]), part, parts, memory, numbers, alpha, parameters, strip, results, places)
        if t == len(tasks) - 1:
            copy(memory, _decoded_step(steps[s]).target, y, 0, len(y))
