"""Fused layers: consecutive layers computed in one pass, so that what they hand on never reaches main memory.

This is the only place that says which layers can be fused: ``match_convolution``. Compiled inference fuses all that it
finds, training only a convolution followed by ELU, with or without max-pooling in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.batchnorm2d import BatchNorm2D
from npcnn.layers.conv2d import Conv2D
from npcnn.layers.elu import ELU
from npcnn.layers.layer import Layer, Shape
from npcnn.layers.maxpool2d import MaxPool2D
from npcnn.layers.relu import ReLU

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


class ConvPattern(NamedTuple):
    """A convolution and the layers after it that can be computed in the same pass; None where there is none."""

    conv: Conv2D
    batchnorm: BatchNorm2D | None
    pool: MaxPool2D | None
    activation: ELU | ReLU | None
    length: int  # layers in all

    def folded_weights(self) -> tuple[NDArray, NDArray]:
        """w (OC, C, KH, KW) and b (OC,) of the convolution, with batch normalisation, as in inference, folded in.

        ``gamma (conv(x) - mean) / std + beta`` is a convolution with the weights ``w gamma / std``.
        """
        w, b, norm = self.conv.params["w"], self.conv.bias_or_zeros(), self.batchnorm
        if norm is None:
            return w, b
        scale = norm.params["gamma"] / np.sqrt(norm.buffers["running_var"] + w.dtype.type(norm.epsilon))
        return w * scale[:, None, None, None], (b - norm.buffers["running_mean"]) * scale + norm.params["beta"]


def match_convolution(layers: Sequence[Layer]) -> ConvPattern | None:
    """The pattern at the beginning of ``layers``: Conv2D [BatchNorm2D] [MaxPool2D] [ELU or ReLU], or None.

    Windows of the pooling must not overlap. Layers of a derived class, or with a replaced method, are not part of it.
    """
    if not layers or not layers[0].is_unmodified(Conv2D):
        return None
    conv, *rest = layers
    batchnorm = rest.pop(0) if rest and rest[0].is_unmodified(BatchNorm2D) else None
    pool = rest.pop(0) if rest and rest[0].is_unmodified(MaxPool2D) and rest[0].window == rest[0].stride else None
    activation = rest.pop(0) if rest and rest[0].is_unmodified(ELU, ReLU) else None
    return ConvPattern(conv, batchnorm, pool, activation, len(layers) - len(rest))


def match_conv_block(layers: Sequence[Layer]) -> ConvBlock | None:
    """The block that the first two or three of ``layers`` form, or None."""
    pattern = match_convolution(layers)
    if pattern is None or pattern.batchnorm is not None or not isinstance(pattern.activation, ELU):
        return None
    return ConvBlock(pattern.conv, pattern.pool, pattern.activation)


def fuse(layers: Sequence[Layer]) -> list[Layer]:
    """The layers, with those that form a block replaced by it; unchanged inside ``no_fusion()``."""
    stages: list[Layer] = []
    position = 0
    while position < len(layers):
        block = match_conv_block(layers[position:]) if _fusion_enabled.get() else None
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
