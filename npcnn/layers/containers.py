"""Layers made of other layers: a sequence, and a residual block of two branches."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.conv_block import ConvBlock, fuse
from npcnn.layers.layer import Layer, Shape
from npcnn.runtime.buffers import empty


class _Container(Layer):
    """Exposes the arrays of its children as its own, under ``child/name``."""

    def __init__(self) -> None:
        """Check the children, which a subclass has set before; params, grads and buffers are properties here."""
        for name, child in self.children().items():
            if not isinstance(child, Layer):
                raise TypeError(f"{type(self).__name__}: {name} is no layer but a {type(child).__name__}")
        seen = set()
        for layer in self.walk():
            if id(layer) in seen:
                raise ValueError(f"{type(self).__name__}: the same {type(layer).__name__} occurs twice; use two")
            seen.add(id(layer))

    @property
    def params(self) -> dict[str, NDArray]:
        """The parameters of all children: a new dict of the children's own arrays."""
        return {f"{name}/{key}": w for name, child in self.children().items() for key, w in child.params.items()}

    @property
    def grads(self) -> dict[str, NDArray]:
        """The gradients of all children, with the keys of ``params``."""
        return {f"{name}/{key}": dw for name, child in self.children().items() for key, dw in child.grads.items()}

    @property
    def buffers(self) -> dict[str, NDArray]:
        """The buffers of all children, named like ``params``."""
        return {f"{name}/{key}": a for name, child in self.children().items() for key, a in child.buffers.items()}

    def __repr__(self) -> str:
        lines = [f"({name}) {child!r}{self._note(name)}" for name, child in self.children().items()]
        inside = "".join(f"\n{indent(line, '  ')}" for line in lines)
        return f"{type(self).__name__}({inside}\n)" if lines else f"{type(self).__name__}()"

    def _note(self, name: str) -> str:
        """Text to append to the line of a child in ``repr``."""
        return ""


class Sequential(_Container):
    """``y = layer_k(... layer_2(layer_1(x)))``; the backward pass applies the chain rule from last to first.

    Index, slice and iterate it like a tuple of layers; a slice is a ``Sequential`` of the same layers. Where
    ``npcnn.layers.conv_block`` finds layers that run faster fused, they run fused; ``repr`` marks them, and
    ``npcnn.no_fusion()`` turns this off.

    Raises TypeError for what is no layer, and ValueError for a layer that occurs twice: a layer remembers only its last
    forward pass.
    """

    def __init__(self, *layers: Layer) -> None:
        self.layers = layers
        super().__init__()

    @property
    def stages(self) -> list[Layer]:
        """What ``forward`` runs in turn: single layers and fused blocks, recognised anew at each pass."""
        return fuse(self.layers)

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """The output of the last layer."""
        self._kept = None  # frees the arrays of the previous pass before this one allocates
        stages = self.stages
        for stage in stages:
            x = stage.forward(x, training)
        self._keep(stages)
        return x

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx of the first layer, or None where ``skip_input_gradient`` made it superfluous."""
        for stage in reversed(self._recall()):
            dy = stage.backward(dy)
            if dy is None:
                break
        return dy

    def children(self) -> dict[str, Layer]:
        """The layers, named by their index."""
        return {str(i): layer for i, layer in enumerate(self.layers)}

    def output_shape(self, input_shape: Shape) -> Shape:
        """Output shape of the last layer."""
        for layer in self.layers:
            input_shape = layer.output_shape(input_shape)
        return input_shape

    def skip_input_gradient(self) -> bool:
        """Skips dx in all layers up to and including the first that has parameters."""
        return all(layer.skip_input_gradient() for layer in self.layers)

    def __getitem__(self, index: int | slice) -> Layer:
        layers = self.layers[index]
        return Sequential(*layers) if isinstance(index, slice) else layers

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def _note(self, name: str) -> str:
        first = 0
        for stage in self.stages:
            last = first + (len(stage.layers) if isinstance(stage, ConvBlock) else 1) - 1
            if first <= int(name) <= last:
                return f"  [{first}-{last} fused]" if last > first else ""
            first = last + 1
        return ""


class Residual(_Container):
    """``y = activation(body(x) + shortcut(x))`` (He et al., arXiv:1512.03385).

    Without a shortcut, x itself is added; without an activation, the sum is the output. Both branches must give the
    same shape. Backward: with ``ds`` the gradient of the sum, ``dx = body.backward(ds) + shortcut.backward(ds)``.
    Raises the errors of `Sequential`.
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None, activation: Layer | None = None) -> None:
        self.body, self.shortcut, self.activation = body, shortcut, activation
        super().__init__()

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """The sum of both branches, after the activation. Raises ValueError if their shapes differ."""
        body = self.body.forward(x, training)
        shortcut = x if self.shortcut is None else self.shortcut.forward(x, training)
        self._check_branches(body.shape, shortcut.shape)
        y = np.add(body, shortcut, out=empty(body.shape, body.dtype))
        return y if self.activation is None else self.activation.forward(y, training)

    def backward(self, dy: NDArray) -> NDArray | None:
        """The sum of the gradients of both branches, or None if one of them skips its input gradient."""
        if self.activation is not None:
            dy = self.activation.backward(dy)
        body = self.body.backward(dy)
        shortcut = dy if self.shortcut is None else self.shortcut.backward(dy)
        if body is None or shortcut is None:
            return None
        return np.add(body, shortcut, out=empty(body.shape, body.dtype))

    def children(self) -> dict[str, Layer]:
        """``body``, ``shortcut`` and ``activation``, as far as they were given."""
        named = {"body": self.body, "shortcut": self.shortcut, "activation": self.activation}
        return {name: layer for name, layer in named.items() if layer is not None}

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the sum, after the activation. Raises ValueError if the shapes of the branches differ."""
        body = self.body.output_shape(input_shape)
        shortcut = input_shape if self.shortcut is None else self.shortcut.output_shape(input_shape)
        self._check_branches(body, shortcut)
        return body if self.activation is None else self.activation.output_shape(body)

    def skip_input_gradient(self) -> bool:
        """Skips dx in both branches; the activation's dx is always needed."""
        branches = [layer for layer in (self.body, self.shortcut) if layer is not None]
        skipped = [layer.skip_input_gradient() for layer in branches]
        return all(skipped) and not self.params

    def _check_branches(self, body: Shape, shortcut: Shape) -> None:
        if body != shortcut:
            raise ValueError(f"Residual: the body gives {body}, the shortcut {shortcut}; both must give the same shape")
