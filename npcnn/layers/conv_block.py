"""Layers that stand one behind the other, computed as one: what passes between them never reaches the memory."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers import ELU, Conv2D, Layer, MaxPool2D

_WHOLE = (1, 1)
"""The pooling window of a block without pooling."""


class ConvBlock(Layer):
    """``elu(maxpool(conv(x)))``, or ``elu(conv(x))``: the same numbers as its layers give one after the other.

    The layers keep their parameters and gradients; only their ``forward`` and ``backward`` are not called.
    """

    def __init__(self, conv: Conv2D, pool: MaxPool2D | None, elu: ELU) -> None:
        self.conv, self.alpha = conv, elu.alpha
        self.window = pool.window if pool else _WHOLE
        self._layers = [layer for layer in (conv, pool, elu) if layer is not None]

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, OC, OH, OW) of x (N, C, H, W)."""
        w, b = self.conv.params["w"], self.conv.params["b"]
        self.conv.check(x)
        self.output_shape(x.shape[1:])
        y, argmax = operations().conv_block_forward(x, w, b, *self._geometry(x))
        self._keep((x, y, argmax))
        return y

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx (N, C, H, W) of dy (N, OC, OH, OW)."""
        (x, y, argmax), conv = self._recall(), self.conv
        self._check(dy, y.shape, y.dtype)
        needed, w = conv.needs_input_gradient, conv.params["w"]
        dx, dw, db = operations().conv_block_backward(dy, y, argmax, x, w, *self._geometry(x), needed)
        conv.grads = {"w": dw, "b": db}
        return dx

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """(OC, OH, OW) of (C, H, W)."""
        for layer in self._layers:
            input_shape = layer.output_shape(input_shape)
        return input_shape

    def _geometry(self, x: NDArray) -> tuple:
        return self.conv.stride, self.conv.padding_of(x.shape[2:]), self.window, self.alpha


def fuse(layers: Sequence[Layer]) -> list[Layer]:
    """The layers, with each convolution, pooling by windows that do not overlap, and ELU as one; likewise without pool.

    Layers of a type of one's own, even derived from these, stay by themselves.
    """
    stages: list[Layer] = []
    rest = list(layers)
    while rest:
        types = [type(layer) for layer in rest[:3]]
        if types[:2] == [Conv2D, ELU]:
            stages.append(ConvBlock(rest[0], None, rest[1]))
            del rest[:2]
        elif types == [Conv2D, MaxPool2D, ELU] and rest[1].window == rest[1].stride:
            stages.append(ConvBlock(*rest[:3]))
            del rest[:3]
        else:
            stages.append(rest.pop(0))
    return stages
