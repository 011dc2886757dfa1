"""ReLU, the rectified linear unit: negative values become zero."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.layer import Layer


class ReLU(Layer):
    """``y = max(x, 0)``; ``dx = dy`` where ``y > 0``, else 0.

    Arrays of any shape. Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML
    2010.
    """

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y, of the shape of x."""
        self._check(x, x.shape)
        y = operations().relu_forward(x)
        self._keep(y)
        return y

    def backward(self, dy: NDArray) -> NDArray:
        """dx, of the shape of dy."""
        y = self._recall()
        self._check(dy, y.shape, y.dtype)
        return operations().relu_backward(dy, y)
