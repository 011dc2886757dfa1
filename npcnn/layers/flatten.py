"""Flatten: an image's channels, rows and columns as one row of numbers, as dense layers want them."""

from __future__ import annotations

import math

from numpy.typing import NDArray

from npcnn.layers.layer import Layer, Shape


class Flatten(Layer):
    """``y[n] = x[n]`` read in row order: (N, ...) becomes (N, numbers); backward gives dy the shape of x again."""

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, numbers): the same memory as x, seen as rows."""
        self._check(x, x.shape)
        self._keep(x.shape)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, dy: NDArray) -> NDArray:
        """dx, of the shape of x."""
        shape = self._recall()
        self._check(dy, (shape[0], math.prod(shape[1:])))
        return dy.reshape(shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """(numbers,) of any shape."""
        return (math.prod(input_shape),)
