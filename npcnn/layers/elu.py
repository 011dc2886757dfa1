"""ELU, the exponential linear unit: the identity for positive inputs, a smooth floor at -alpha for negative ones."""

from __future__ import annotations

from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.layer import Layer


class ELU(Layer):
    """``y = x`` where ``x > 0``, else ``alpha (e^x - 1)``; ``dx = dy`` where ``y > 0``, else ``dy (y + alpha)``.

    The derivative of ``alpha (e^x - 1)`` is ``alpha e^x = y + alpha``, so backward needs no exponential. Arrays of any
    shape. Source: Clevert et al., arXiv:1511.07289.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        if alpha <= 0:
            raise ValueError(f"ELU: alpha must be above 0, got {alpha}")
        self.alpha = alpha

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y, of the shape of x."""
        self._check(x, x.shape)
        y = operations().elu_forward(x, self.alpha)
        self._keep(y)
        return y

    def backward(self, dy: NDArray) -> NDArray:
        """dx, of the shape of dy."""
        y = self._recall()
        self._check(dy, y.shape, y.dtype)
        return operations().elu_backward(dy, y, self.alpha)
