"""Flatten: the channels, rows and columns of an image as one vector, the input of dense layers."""

from __future__ import annotations

import math

from numpy.typing import NDArray

from npcnn.layers.layer import Layer, Shape


class Flatten(Layer):
    """``y[n]`` is ``x[n]`` in row-major order: (N, ...) becomes (N, elements); backward restores the shape of x."""

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, elements): a view of x."""
        self._check(x, x.shape)
        self._keep(x.shape)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy: NDArray) -> NDArray:
        """dx, of the shape of x."""
        shape = self._recall()
        self._check(dy, (shape[0], math.prod(shape[1:])))
        return dy.reshape(shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(elements,) of any shape."""
        return (math.prod(input_shape),)
