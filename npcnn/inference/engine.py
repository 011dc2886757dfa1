"""Networks that predict by one kernel call, with no Python between the layers."""

from __future__ import annotations

import math
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from npcnn.inference.interpreter import CONVOLVE, DENSE, TO_CHANNELS_LAST, pack_all, run, run_together
from npcnn.inference.plan import ExecutionPlan
from npcnn.kernels.dense import PARTS, dense_forward
from npcnn.kernels.elu import elu_forward
from npcnn.kernels.simd.vectors import aligned_zeros
from npcnn.layers import Layer
from npcnn.layers.layer import Shape
from npcnn.runtime.buffers import empty
from npcnn.runtime.threads import launch, thread_count

_WORTH_PARTS = 50_000
"""Weights of a dense layer that several threads read sooner than one."""


class Engine:
    """The steps of a network for images of one shape; its parameters are read anew at every run.

    Raises NoPlanError for a network that ``ExecutionPlan`` cannot write.
    """

    def __init__(self, network: Layer, input_shape: Shape) -> None:
        self._steps = ExecutionPlan(network, input_shape)
        steps = self._steps.steps
        self._first_dense = next(i for i, step in enumerate(steps) if step.operation == DENSE)
        self._table = np.array(steps, np.int64)
        self._numbers, self._alphas = np.array(self._steps.numbers, np.int64), np.array(self._steps.alphas)
        self._scratch = max(max(step.inputs, step.outputs) for step in steps)
        self._images = 0  # that were run together
        self._tasks: dict[int, NDArray[np.int64]] = {}  # by number of threads
        self._free: list[tuple[NDArray, NDArray]] = []  # memory and packed weights of earlier images
        self._known: tuple[list[NDArray], tuple[NDArray, ...]] = [], ()  # parameters, and flat

    @property
    def dtype(self) -> np.dtype:
        """Of the parameters, and so of the images."""
        return self._steps.layers[0].params["w"].dtype

    def run(self, x: NDArray) -> NDArray:
        """The network's output (N, outputs) of x (N, C, H, W)."""
        x = x.reshape(len(x), -1)
        return self._run_together(x[0]) if len(x) == 1 else self._run_apart(x)

    def _parameters(self) -> tuple[NDArray, ...]:
        """Weights and bias of each layer as they are now, flat."""
        arrays = [layer.params[key] for layer in self._steps.layers for key in ("w", "b")]
        known, flat = self._known
        if any(array is not other for array, other in zip_longest(arrays, known)):
            flat = tuple(array.reshape(-1) for array in arrays)
            self._known = arrays, flat
        return flat

    def _run_apart(self, x: NDArray) -> NDArray:
        """Each image in one thread until the dense layers, which take all images together."""
        first, steps = self._first_dense, self._steps.steps
        before, dense, parameters = self._table[:first], steps[first], self._parameters()
        packed, y = aligned_zeros(self._steps.packed_size, x), empty((len(x), dense.inputs), x.dtype)
        pack_all(before, parameters, packed)
        order = self._numbers[dense.table : dense.table + dense.inputs]
        tables = before, self._numbers, self._alphas
        launch(run, len(x), x, *tables, packed, self._steps.memory_size, dense.source, order, y, work=math.inf)
        for step, alpha in zip(steps[first:], self._steps.alphas[first:], strict=True):
            if step.operation == DENSE:
                w, b = parameters[step.weights], parameters[step.weights + 1]
                y = dense_forward(y, w.reshape(-1, len(b)), b)
            elif step.active:
                y = elu_forward(y, alpha)
        return y

    def _run_together(self, x: NDArray) -> NDArray:
        """A single image in all threads."""
        memory, packed = self._free.pop() if self._free else (None, None)
        if memory is None or memory.dtype != x.dtype:
            memory, packed = (aligned_zeros(size, x) for size in (self._steps.memory_size, self._steps.packed_size))
        tables = self._table, self._numbers, self._alphas, self._parameters(), self._scratch
        drawn_parts = np.zeros(2 * len(self._table), np.int64)
        y = np.empty((1, self._steps.steps[-1].outputs), x.dtype)
        threads = thread_count()
        tasks = self._tasks.get(threads)
        if tasks is None:
            tasks = self._tasks[threads] = self._shared_tasks(threads)
        self._images += 1
        backwards = self._images % 2
        launch(
            run_together, len(tasks), x, *tables, tasks, drawn_parts, backwards, memory, packed, y[0], work=math.inf
        )  # fmt: skip
        self._free.append((memory, packed))
        return y

    def _shared_tasks(self, threads: int) -> NDArray[np.int64]:
        """What ``run_together`` hands out: step, its parts, and the tasks of all stages before.

        Into how many parts a step is cut changes no result.
        """
        tasks: list[tuple[int, int, int]] = []
        stage, before = 0, 0
        for s, step in enumerate(self._steps.steps):
            if self._steps.stages[s] > stage:
                stage, before = self._steps.stages[s], len(tasks)
            parts = threads if step.operation in (TO_CHANNELS_LAST, CONVOLVE) else 1
            if step.operation == DENSE and step.inputs * step.outputs >= _WORTH_PARTS:
                parts = PARTS
            tasks += [(s, parts, before)] * parts
        return np.array(tasks, np.int64)
