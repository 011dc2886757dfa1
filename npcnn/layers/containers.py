"""Layers made of layers: one after the other, or two ways added up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.conv_block import fuse
from npcnn.layers.layer import Layer, Shape
from npcnn.runtime.buffers import empty


class _Container(Layer):
    """Shows the parameters of its children as its own, under ``child/parameter``."""

    def __init__(self) -> None:  # its params and grads are those of its children
        pass

    @property
    def params(self) -> dict[str, NDArray]:
        """The arrays of all children; a new dict, the arrays themselves."""
        return {f"{name}/{key}": w for name, child in self.children().items() for key, w in child.params.items()}

    @property
    def grads(self) -> dict[str, NDArray]:
        """The gradients of all children, with the keys of ``params``."""
        return {f"{name}/{key}": dw for name, child in self.children().items() for key, dw in child.grads.items()}


class Sequential(_Container):
    """``y = layer_k(... layer_2(layer_1(x)))``; backward goes the same way back (the chain rule).

    Layers that ``npcnn.layers.conv_block`` knows to compute faster together are computed together.
    """

    def __init__(self, *layers: Layer) -> None:
        self.layers = layers
        self.stages = fuse(layers)

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """The last layer's output."""
        for stage in self.stages:
            x = stage.forward(x, training)
        return x

    def backward(self, dy: NDArray) -> NDArray | None:
        """The first layer's dx; ends where ``skip_input_gradient`` said that nobody needs more."""
        for stage in reversed(self.stages):
            dy = stage.backward(dy)
            if dy is None:
                break
        return dy

    def children(self) -> dict[str, Layer]:
        """The layers, named by their number."""
        return {str(i): layer for i, layer in enumerate(self.layers)}

    def output_shape(self, input_shape: Shape) -> Shape:
        """The last layer's output shape."""
        for layer in self.layers:
            input_shape = layer.output_shape(input_shape)
        return input_shape

    def skip_input_gradient(self) -> bool:
        """No dx for the layers up to and with the first that has parameters."""
        return all(layer.skip_input_gradient() for layer in self.layers)


class Residual(_Container):
    """``y = body(x) + shortcut(x)``, so ``dx = body.backward(dy) + shortcut.backward(dy)`` (He et al.,
    arXiv:1512.03385).

    Both ways must lead to the same shape.
    """

    def __init__(self, body: Layer, shortcut: Layer) -> None:
        self.body, self.shortcut = body, shortcut

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """The sum of both ways."""
        body, shortcut = self.body.forward(x, training), self.shortcut.forward(x, training)
        if body.shape != shortcut.shape:
            raise ValueError(f"Residual: the body leads to {body.shape}, the shortcut to {shortcut.shape}")
        return np.add(body, shortcut, out=empty(body.shape, body.dtype))

    def backward(self, dy: NDArray) -> NDArray | None:
        """The sum of both gradients, or None if neither way needs one."""
        through_body, through_shortcut = self.body.backward(dy), self.shortcut.backward(dy)
        if through_body is None or through_shortcut is None:
            return None
        return np.add(through_body, through_shortcut, out=empty(through_body.shape, through_body.dtype))

    def children(self) -> dict[str, Layer]:
        """``body`` and ``shortcut``."""
        return {"body": self.body, "shortcut": self.shortcut}

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape both ways lead to. Raises ValueError when they differ."""
        ways = self.body.output_shape(input_shape), self.shortcut.output_shape(input_shape)
        if ways[0] != ways[1]:
            raise ValueError(f"Residual: the body leads to {ways[0]}, the shortcut to {ways[1]}; they must be alike")
        return ways[0]

    def skip_input_gradient(self) -> bool:
        """Both ways skip theirs."""
        return all([self.body.skip_input_gradient(), self.shortcut.skip_input_gradient()])
