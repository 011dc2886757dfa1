"""Dense layer: every output depends on every input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.initializers import Initializer, glorot_uniform, initial_weights
from npcnn.layers.layer import Layer, Shape
from npcnn.layers.rng import Seed


class Dense(Layer):
    """``y = x w + b``; ``dx = dy w^T``, ``dw = x^T dy``, and ``db`` is the sum of dy over the batch.

    x (N, inputs), w (inputs, outputs), b (outputs,), y (N, outputs). Source: Rumelhart, Hinton and Williams, Nature 323
    (1986).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rng: Seed = None,
        initializer: Initializer = glorot_uniform,
    ) -> None:
        super().__init__()
        if inputs < 1 or outputs < 1:
            raise ValueError(f"Dense: inputs and outputs must be at least 1, got {inputs} and {outputs}")
        self.inputs, self.outputs = inputs, outputs
        w = initial_weights(initializer, (inputs, outputs), rng)
        self.params = {"w": w, "b": np.zeros(outputs, np.float32)}

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, outputs) of x (N, inputs)."""
        w, b = self.params["w"], self.params["b"]
        self._check(x, ("N", self.inputs), w.dtype)
        self._keep(x)
        return operations().dense_forward(x, w, b)

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx (N, inputs) of dy (N, outputs)."""
        x, w = self._recall(), self.params["w"]
        self._check(dy, (len(x), self.outputs), w.dtype)
        dw, db = operations().dense_backward_weights(dy, x)
        self.grads = {"w": dw, "b": db}
        return operations().dense_backward_input(dy, w) if self.needs_input_gradient else None

    def output_shape(self, input_shape: Shape) -> Shape:
        """(outputs,) of (inputs,)."""
        if input_shape != (self.inputs,):
            raise ValueError(f"Dense expected an input of shape ({self.inputs},), got {input_shape}")
        return (self.outputs,)
