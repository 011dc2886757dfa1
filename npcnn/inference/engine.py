"""Compiled inference: a network as one kernel call for each batch of images."""

from __future__ import annotations

import copy
import math

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import no_grad, use_backend
from npcnn.inference.interpreter import run, run_together
from npcnn.inference.plan import ExecutionPlan
from npcnn.layers import Layer
from npcnn.layers.containers import Sequential
from npcnn.layers.layer import Shape
from npcnn.runtime.buffers import empty
from npcnn.runtime.threads import launch, thread_count


class Engine:
    """A network compiled for images of one shape, with the parameters that it has now.

    Later changes to the network change nothing here. Each thread takes one image at a time through the layers that the
    ``ExecutionPlan`` covers; if there is only one image, all threads share the work. The remaining layers, such as
    Dense, run eagerly on the batch. Several threads may call ``predict`` at the same time. Raises ValueError if the
    layers in the plan do not accept such images.
    """

    def __init__(self, network: Layer, input_shape: Shape) -> None:
        self._input_shape = tuple(input_shape)
        self._dtype = next((array.dtype for array in network.params.values()), np.dtype(np.float32))
        self._plan = ExecutionPlan(network, self._input_shape, self._dtype, thread_count())
        self._remaining = copy.deepcopy(Sequential(*self._plan.remaining_layers))

    def predict(self, x: NDArray, batch_size: int = 256) -> NDArray:
        """The output (N, ...) for images x (N, C, H, W), ``batch_size`` at a time.

        Raises ValueError unless x has the shape and the dtype that the network was compiled for.
        """
        if x.shape[1:] != self._input_shape or x.dtype != self._dtype:
            shape = ", ".join(map(str, ("N", *self._input_shape)))
            raise ValueError(f"expected {self._dtype} images of shape ({shape}), got {x.dtype} of shape {x.shape}")
        x = np.ascontiguousarray(x)
        with no_grad(), use_backend("kernels"):
            batches = (x[i : i + batch_size] for i in range(0, len(x) or 1, batch_size))
            parts = [self._remaining.forward(self._images(batch)) for batch in batches]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _images(self, x: NDArray) -> NDArray:
        """The output of the layers in the plan (N, C, H, W)."""
        plan = self._plan
        if not len(plan.instructions):
            return x
        y = empty((len(x), *plan.output_shape), x.dtype)
        if len(x) == 1 and thread_count() > 1:
            kernel, tasks, images, instructions = run_together, len(plan.parts), 1, plan.parts
        else:
            kernel, tasks, images, instructions = run, len(x), thread_count(), plan.instructions
        memory = empty((images, plan.memory_size), x.dtype)  # as many as are in work at once
        launch(kernel, tasks, x, instructions, plan.tables, plan.alphas, plan.packed, memory, y, work=math.inf)
        return y
