"""Networks written out as steps for ``npcnn.kernels.program``, which predicts with no Python between the layers."""

from __future__ import annotations

import math
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from npcnn.containers import Residual, Sequential
from npcnn.fusion import ConvBlock
from npcnn.kernels.convolution import scratch_size
from npcnn.kernels.dense import PARTS, dense_forward
from npcnn.kernels.elu import elu_forward
from npcnn.kernels.phases import grid_size, layout_of
from npcnn.kernels.program import (
    ADD,
    CONVOLVE,
    DENSE,
    LAY_OUT,
    TOTAL,
    Step,
    encoded_layout,
    run,
    run_together,
)
from npcnn.layers import ELU, Conv2D, Dense, Dropout, Flatten, Layer
from npcnn.layers.layer import Shape
from npcnn.memory import empty
from npcnn.threads import share, thread_count

_WORTH_PARTS = 50_000
"""Weights of a dense layer that several threads read sooner than one."""


class NoProgramError(Exception):
    """A network has layers, or has them in an order, for which there are no steps."""


class Program:
    """The steps of a network for images of one shape; its parameters are read anew at every run.

    Knows convolutions with pooling and ELU behind them, residual blocks of these, and dense layers with ELU after all
    that; dropout does nothing. Raises NoProgramError for anything else.
    """

    def __init__(self, network: Layer, input_shape: Shape) -> None:
        self._steps: list[Step] = []
        self._alphas: list[float] = []
        self._numbers: list[int] = []
        self._layers: list[Layer] = []
        self._memory, self._scratch = 0, (0, 0)
        _, output_shape = self._add(network, self._reserve(input_shape), input_shape)
        operations = [step.operation for step in self._steps]
        if DENSE not in operations[1:]:
            raise NoProgramError("no dense layer ends the network")
        self._outputs, self._single = output_shape[0], operations.index(DENSE)
        self._sizes = (self._memory, *self._scratch)
        self._table = np.array([step.encoded() for step in self._steps], np.int64)
        self._whole, self._slopes = np.array(self._numbers, np.int64), np.array(self._alphas)
        self._images = 0  # that were run together
        self._tasks: dict[int, NDArray[np.int64]] = {}  # by number of threads
        self._free: list[NDArray] = []  # memory of earlier images
        self._known: tuple[list[NDArray], tuple[NDArray, ...]] = [], ()  # parameters, and flat

    @property
    def dtype(self) -> np.dtype:
        """Of the parameters, and so of the images."""
        return self._layers[0].params["w"].dtype

    def run(self, x: NDArray) -> NDArray:
        """The network's output (N, outputs) of x (N, C, H, W)."""
        x = x.reshape(len(x), -1)
        return self._run_together(x[0]) if len(x) == 1 else self._run_apart(x)

    def _parameters(self) -> tuple[NDArray, ...]:
        """Weights and bias of each layer as they are now, flat."""
        arrays = [layer.params[key] for layer in self._layers for key in ("w", "b")]
        known, flat = self._known
        if any(array is not other for array, other in zip_longest(arrays, known)):
            flat = tuple(array.reshape(-1) for array in arrays)
            self._known = arrays, flat
        return flat

    def _run_apart(self, x: NDArray) -> NDArray:
        """Each image in one thread until the dense layers, which take all images together."""
        first, dense = self._single, self._steps[self._single :]
        y = empty((len(x), dense[0].input_shape[0]), x.dtype)
        parameters = self._parameters()
        tables = self._table[:first], self._whole, self._slopes
        share(run, len(x), x, *tables, parameters, self._sizes, y, work=math.inf)
        for step, alpha in zip(dense, self._alphas[first:], strict=True):
            if step.operation == DENSE:
                w, b = parameters[step.weights], parameters[step.weights + 1]
                y = dense_forward(y, w.reshape(-1, len(b)), b)
            elif step.active:
                y = elu_forward(y, alpha)
        return y

    def _run_together(self, x: NDArray) -> NDArray:
        """A single image in all threads."""
        memory = self._free.pop() if self._free else None
        if memory is None or memory.dtype != x.dtype:
            memory = np.zeros(self._memory, x.dtype)
        tables = self._table, self._whole, self._slopes, self._parameters(), self._sizes
        drawn_parts, y = np.zeros(2 * len(self._steps), np.int64), np.empty((1, self._outputs), x.dtype)
        threads = thread_count()
        tasks = self._tasks.get(threads)
        if tasks is None:
            tasks = self._tasks[threads] = self._shared_tasks(threads)
        self._images += 1
        backwards = self._images % 2
        share(run_together, len(tasks), x, *tables, tasks, drawn_parts, backwards, memory, y[0], work=math.inf)
        self._free.append(memory)
        return y

    def _shared_tasks(self, threads: int) -> NDArray[np.int64]:
        """What ``run_together`` hands out: step, its parts, and the tasks that come before the step.

        A thread takes some rows of an image or some channels; into how many parts they are cut changes no result.
        """
        tasks: list[tuple[int, int, int]] = []
        for s, step in enumerate(self._steps):
            most = {LAY_OUT: step.input_shape[1], CONVOLVE: step.output_shape[0]}.get(step.operation, 1)
            parts, before = min(threads, most), len(tasks)
            if step.operation == DENSE and step.input_shape[0] * step.output_shape[0] >= _WORTH_PARTS:
                parts = PARTS
            tasks += [(s, parts, before)] * parts
        return np.array(tasks, np.int64)

    def _reserve(self, shape: Shape) -> int:
        """Place of an array in the memory of an image; whole vectors, so that none of another array is touched."""
        place = self._memory
        self._memory += -(-math.prod(shape) // 16) * 16
        return place

    def _add(self, layer: Layer, source: int, shape: Shape) -> tuple[int, Shape]:
        """Steps for a layer that reads an array of this shape at ``source``; where its output lies, and its shape."""
        kind = type(layer)
        if isinstance(layer, Sequential):
            for stage in layer.stages:
                source, shape = self._add(stage, source, shape)
            return source, shape
        if isinstance(layer, Residual):
            return self._add_residual(layer, source, shape)
        if kind in (ConvBlock, Conv2D):
            return self._add_convolution(layer, source, shape)
        if kind is Dense:
            self._layers.append(layer)
            output_shape, weights = layer.output_shape(shape), 2 * len(self._layers) - 2
            sums = self._append_dense(DENSE, source, shape, output_shape, PARTS, weights)
            return self._append_dense(TOTAL, sums, shape, output_shape, 1, weights + 1), output_shape
        if kind is ELU and self._steps and self._steps[-1].operation == TOTAL and not self._steps[-1].active:
            self._steps[-1], self._alphas[-1] = self._steps[-1]._replace(active=1), layer.alpha
            return source, shape
        if kind in (Dropout, Flatten):
            return source, layer.output_shape(shape)
        raise NoProgramError(f"no step for {kind.__name__} here")

    def _add_residual(self, block: Residual, source: int, shape: Shape) -> tuple[int, Shape]:
        output_shape = block.output_shape(shape)
        body, _ = self._add(block.body, source, shape)
        shortcut, _ = self._add(block.shortcut, source, shape)
        if body == source:
            raise NoProgramError("a body without a step would be added to what it reads")
        self._append(Step(ADD, shortcut, body, output_shape, output_shape, 0, 0, 0))
        return body, output_shape

    def _add_convolution(self, layer: ConvBlock | Conv2D, source: int, shape: Shape) -> tuple[int, Shape]:
        alone = isinstance(layer, Conv2D)
        conv, window, alpha = (layer, (1, 1), None) if alone else (layer.conv, layer.window, layer.alpha)
        channels, *size = conv.output_shape(shape)
        output_shape = (channels, *(n // p for n, p in zip(size, window, strict=True)))
        layout = layout_of(1, conv.params["w"].shape, output_shape[1:], conv.stride, conv.padding_of(shape[1:]), window)
        target, grid = self._reserve(output_shape), self._reserve((grid_size(shape[0], layout.geometry),))
        self._scratch = tuple(map(max, self._scratch, scratch_size(channels, layout)))
        place, weights, active = len(self._numbers), 2 * len(self._layers), int(alpha is not None)
        self._numbers += encoded_layout(layout)
        self._layers.append(conv)
        self._append(Step(LAY_OUT, source, grid, shape, output_shape, 0, place, 0))
        self._append(Step(CONVOLVE, grid, target, shape, output_shape, weights, place, active), alpha or 0.0)
        return target, output_shape

    def _append_dense(
        self, operation: int, source: int, shape: Shape, output_shape: Shape, parts: int, weights: int
    ) -> int:
        target, (strip, results) = self._reserve((parts, *output_shape)), self._scratch
        self._scratch = strip, max(results, *output_shape)
        self._append(Step(operation, source, target, (*shape, 1, 1), (*output_shape, 1, 1), weights, 0, 0))
        return target

    def _append(self, step: Step, alpha: float = 0.0) -> None:
        dense = any(earlier.operation == DENSE for earlier in self._steps)
        if dense and step.operation not in (DENSE, TOTAL):
            raise NoProgramError("dense layers come after all others")
        self._steps.append(step)
        self._alphas.append(alpha)
