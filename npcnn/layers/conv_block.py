"""Fused layers: consecutive layers computed in one pass, so that what they hand on never reaches main memory.

This is the only place that says which layers are fused: a convolution followed by ELU, or by max-pooling with windows
that do not overlap and ELU.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.conv2d import Conv2D
from npcnn.layers.elu import ELU
from npcnn.layers.layer import Layer, Shape
from npcnn.layers.maxpool2d import MaxPool2D

_METHODS = {cls: (cls.forward, cls.backward) for cls in (Conv2D, MaxPool2D, ELU)}
"""What a fused block computes. A layer whose class, or whose own attributes, say otherwise is not fused."""

_fusion_enabled = ContextVar("fusion_enabled", default=True)


class ConvBlock(Layer):
    """``elu(maxpool(conv(x)))``, or ``elu(conv(x))``: the numbers that its layers give one after the other.

    The layers keep their parameters and gradients; only their ``forward`` and ``backward`` are not called. A block
    serves one forward and one backward pass, with the settings that its layers have when it is made.
    """

    def __init__(self, conv: Conv2D, pool: MaxPool2D | None, elu: ELU) -> None:
        self.conv, self.pool, self.elu = conv, pool, elu
        self.layers = (conv, elu) if pool is None else (conv, pool, elu)
        self.stride, self.alpha = conv.stride, elu.alpha
        self.window = (1, 1) if pool is None else pool.window

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, OC, OH, OW) of x (N, C, H, W)."""
        self.conv.check(x)
        self.output_shape(x.shape[1:])
        geometry = self.stride, self.conv.padding_of(x.shape[2:]), self.window, self.alpha
        y, argmax = operations().conv_block_forward(x, self.conv.params["w"], self.conv.bias_or_zeros(), *geometry)
        self._keep((x, y, argmax, geometry))
        return y

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx (N, C, H, W) of dy (N, OC, OH, OW)."""
        (x, y, argmax, geometry), conv = self._recall(), self.conv
        self._check(dy, y.shape, y.dtype)
        dx, dw, db = operations().conv_block_backward(
            dy, y, argmax, x, conv.params["w"], *geometry, conv.needs_input_gradient
        )
        conv.set_grads(dw, db)
        return dx

    def output_shape(self, input_shape: Shape) -> Shape:
        """(OC, OH, OW) of (C, H, W)."""
        for layer in self.layers:
            input_shape = layer.output_shape(input_shape)
        return input_shape


def match_conv_block(layers: Sequence[Layer]) -> ConvBlock | None:
    """The block that the first two or three of ``layers`` form, or None.

    Layers of a derived class, and layers whose ``forward`` or ``backward`` has been replaced, form none.
    """
    types = [type(layer) if _is_original(layer) else None for layer in layers[:3]]
    if types[:2] == [Conv2D, ELU]:
        return ConvBlock(layers[0], None, layers[1])
    if types == [Conv2D, MaxPool2D, ELU] and layers[1].window == layers[1].stride:
        return ConvBlock(*layers[:3])
    return None


def fuse(layers: Sequence[Layer]) -> list[Layer]:
    """The layers, with those that form a block replaced by it; unchanged inside ``no_fusion()``."""
    stages: list[Layer] = []
    position = 0
    while position < len(layers):
        block = match_conv_block(layers[position : position + 3]) if _fusion_enabled.get() else None
        stages.append(block or layers[position])
        position += len(block.layers) if block else 1
    return stages


@contextmanager
def no_fusion() -> Iterator[None]:
    """Inside, every layer runs by itself: slower, but with its own ``forward`` and ``backward``, as for debugging."""
    token = _fusion_enabled.set(False)
    try:
        yield
    finally:
        _fusion_enabled.reset(token)


def _is_original(layer: Layer) -> bool:
    cls = type(layer)
    replaced = {"forward", "backward"} & vars(layer).keys()
    return not replaced and _METHODS.get(cls) == (cls.forward, cls.backward)
