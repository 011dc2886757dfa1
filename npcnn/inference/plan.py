"""Execution plans: the first layers of a network, as far as they work on images, written as instructions.

The layers are walked through first: only then is it known how much zero-padding each image between them needs, so that
every convolution that reads it finds its own. Then each image gets a place in memory, which it shares with images that
are not needed at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

from npcnn.inference.interpreter import (
    AVG_POOL,
    CONV2D,
    MAX_POOL,
    TO_CHANNELS_FIRST,
    TO_CHANNELS_LAST,
    Instruction,
    encode_image,
    encode_windows,
)
from npcnn.kernels.conv2d.forward import pack
from npcnn.kernels.conv2d.layout import PaddedLayout, padded_layout, round_up_to_vector, window_offsets
from npcnn.layers import ELU, AvgPool2D, Dropout, Layer, MaxPool2D, ReLU
from npcnn.layers.containers import Residual, Sequential
from npcnn.layers.conv_block import ConvPattern, match_convolution
from npcnn.layers.layer import Shape
from npcnn.runtime.buffers import empty

_NO_PADDING, _ONE_PIXEL = (0, 0, 0, 0), (1, 1)


class _NoInstructionError(Exception):
    """There are no instructions for a layer; it has to run eagerly."""


@dataclass(eq=False)
class _Image:
    """What passes between operations."""

    shape: Shape  # (C, H, W)
    pixel_stride: int
    padding: tuple = _NO_PADDING  # the most that an operation needs around it
    first: int = 0  # number of the operation that creates it
    last: int = 0  # number of the last operation that uses it
    offset: int = 0  # in memory

    @property
    def layout(self) -> PaddedLayout:
        return padded_layout(self.shape[1:], self.pixel_stride, self.padding)

    @property
    def size(self) -> int:
        """Elements in memory, rounded up so that the next image is aligned, too."""
        return round_up_to_vector(self.layout.size)


@dataclass
class _Operation:
    operation: int
    source: _Image | None = None
    target: _Image | None = None
    geometry: tuple = ()  # kernel size, stride, padding and pooling window
    weights: tuple[NDArray, NDArray] | None = None
    alpha: float | None = None  # of the ELU
    adds: str = ""  # "first": added to what is there before the ELU, "last": after it
    table: list[int] = field(default_factory=list)


class ExecutionPlan:
    """The instructions for the first layers of a network, for images of ``input_shape`` (C, H, W).

    Covered are Conv2D, alone or with what ``match_convolution`` finds behind it (batch normalisation is folded into its
    weights), MaxPool2D, AvgPool2D, ELU, ReLU, Dropout (which does nothing in inference) and Residual. The plan ends
    before the first other layer; that layer and all behind it are ``remaining_layers``.

    Attributes: ``instructions`` (int64, one in each row), ``tables``, ``alphas`` and ``packed`` as
    ``npcnn.inference.interpreter.run`` takes them, ``memory_size`` in elements, and ``output_shape`` (C, H, W). If not
    even the first layer is covered, there are no instructions.
    """

    def __init__(self, network: Layer, input_shape: Shape, dtype: DTypeLike) -> None:
        self._operations: list[_Operation] = []
        layers, image = _flatten(network), _Image(input_shape, input_shape[0])
        while len(input_shape) == 3 and layers:
            before = len(self._operations)
            try:
                image, count = self._layer(layers, image)
            except _NoInstructionError:
                del self._operations[before:]
                break
            layers = layers[count:]
        self.remaining_layers = layers
        self.output_shape = image.shape
        if self._operations:
            self._operations.insert(0, _Operation(TO_CHANNELS_LAST, target=self._operations[0].source))
            self._operations.append(_Operation(TO_CHANNELS_FIRST, source=image))
        self._write(np.dtype(dtype))

    # ---- from layers to operations

    def _layers(self, layers: Sequence[Layer], image: _Image) -> _Image:
        while layers:
            image, count = self._layer(layers, image)
            layers = layers[count:]
        return image

    def _layer(self, layers: Sequence[Layer], image: _Image) -> tuple[_Image, int]:
        """Add operations for the first of ``layers``; returns its output and how many layers they cover."""
        layer, pattern = layers[0], match_convolution(layers)
        if pattern is not None:
            return self._convolution(pattern, image, Sequential(*layers[: pattern.length])), pattern.length
        if layer.is_unmodified(MaxPool2D, AvgPool2D):
            operation = MAX_POOL if isinstance(layer, MaxPool2D) else AVG_POOL
            geometry = layer.window, layer.stride, _NO_PADDING, _ONE_PIXEL
            return self._add(_Operation(operation, image, _new_image(layer.output_shape(image.shape)), geometry)), 1
        if layer.is_unmodified(ELU, ReLU):
            return self._pointwise(image, _new_image(image.shape), _alpha_of(layer)), 1
        if layer.is_unmodified(Dropout):
            return image, 1
        if layer.is_unmodified(Residual):
            return self._residual(layer, image), 1
        raise _NoInstructionError

    def _convolution(self, pattern: ConvPattern, image: _Image, layers: Sequential) -> _Image:
        target, conv = _new_image(layers.output_shape(image.shape)), pattern.conv
        padding = conv.padding_of(image.shape[1:])
        image.padding = tuple(map(max, image.padding, padding))
        geometry = conv.kernel_size, conv.stride, padding, pattern.pool.window if pattern.pool else _ONE_PIXEL
        alpha = _alpha_of(pattern.activation)
        return self._add(_Operation(CONV2D, image, target, geometry, pattern.folded_weights(), alpha))

    def _residual(self, residual: Residual, image: _Image) -> _Image:
        residual.output_shape(image.shape)  # raises ValueError if its branches do not fit
        body = self._layers(_flatten(residual.body), image)
        if body is image:  # it must not change: the shortcut reads it
            body = self._pointwise(image, _new_image(image.shape))
        before = len(self._operations)
        shortcut = self._layers(_flatten(residual.shortcut), image) if residual.shortcut else image
        if len(self._operations) > before and not self._operations[-1].adds:
            self._operations[-1].target = body
        else:
            self._pointwise(shortcut, body)
        last = self._operations[-1]
        last.adds = "last"
        if residual.activation is None:
            return body
        if not residual.activation.is_unmodified(ELU, ReLU):
            raise _NoInstructionError
        if last.alpha is not None:
            return self._pointwise(body, body, _alpha_of(residual.activation))
        last.adds, last.alpha = "first", _alpha_of(residual.activation)
        return body

    def _pointwise(self, source: _Image, target: _Image, alpha: float | None = None) -> _Image:
        geometry = _ONE_PIXEL, _ONE_PIXEL, _NO_PADDING, _ONE_PIXEL
        return self._add(_Operation(MAX_POOL, source, target, geometry, alpha=alpha))

    def _add(self, operation: _Operation) -> _Image:
        self._operations.append(operation)
        return operation.target

    # ---- from operations to instructions

    def _write(self, dtype: np.dtype) -> None:
        self.memory_size = _place(self._operations)
        tables: list[int] = []
        instructions, sizes = [], [0]
        for number, operation in enumerate(self._operations):
            source, target = operation.source, operation.target
            image = target or source
            padded = target is not None and target.first == number and any(target.padding)
            instructions.append(
                Instruction(
                    operation.operation,
                    source=source.offset if source else 0,
                    target=target.offset if target else 0,
                    clear=target.size if padded else 0,
                    channels=image.shape[0],
                    weights=sum(sizes),
                    table=len(tables),
                    add_first=operation.adds == "first",
                    apply_elu=operation.alpha is not None,
                    add_last=operation.adds == "last",
                )
            )
            sizes.append(_packed_size(operation.weights[0]) if operation.weights else 0)
            tables += (
                encode_windows(_windows(operation)) if source and target else encode_image(image.shape, image.layout)
            )
        self.instructions = np.array(instructions, np.int64)
        self.tables = np.array(tables, np.int64)
        self.alphas = np.array([operation.alpha or 0 for operation in self._operations], dtype)
        self.packed = empty((sum(sizes),), dtype)
        for instruction, operation in zip(instructions, self._operations, strict=True):
            if operation.weights:
                w, b = operation.weights
                pack(w.reshape(-1), b, w[0].size, self.packed[instruction.weights :])


def _flatten(network: Layer) -> list[Layer]:
    """The layers of a network, with the layers of each Sequential in its place."""
    if not network.is_unmodified(Sequential):
        return [network]
    return [layer for part in network.layers for layer in _flatten(part)]


def _new_image(shape: Shape) -> _Image:
    return _Image(shape, round_up_to_vector(shape[0]))


def _alpha_of(activation: Layer | None) -> float | None:
    """The alpha of an ELU; a ReLU is an ELU with alpha 0."""
    return None if activation is None else activation.alpha if isinstance(activation, ELU) else 0.0


def _windows(operation: _Operation) -> tuple:
    source, target = operation.source, operation.target
    kernel_size, *geometry = operation.geometry
    taps_channels = source.shape[0] if operation.operation == CONV2D else 1
    w_shape = (target.shape[0], taps_channels, *kernel_size)
    return window_offsets(source.layout, w_shape, *geometry, target.shape[1:], target.layout)


def _packed_size(w: NDArray) -> int:
    return round_up_to_vector(len(w)) * (1 + w[0].size)


def _place(operations: list[_Operation]) -> int:
    """Give each image the first gap in memory that is large enough; returns the elements needed in all."""
    images: dict[_Image, None] = {}
    for number, operation in enumerate(operations):
        for image in filter(None, (operation.source, operation.target)):
            if image not in images:
                images[image] = None
                image.first = number
            image.last = number
    placed: list[_Image] = []
    for image in images:
        for other in sorted(placed, key=lambda other: other.offset):
            if other.last >= image.first and other.offset < image.offset + image.size:
                image.offset = max(image.offset, other.offset + other.size)
        placed.append(image)
    return max((image.offset + image.size for image in placed), default=0)
