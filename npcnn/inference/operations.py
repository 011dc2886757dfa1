"""From layers to the operations of compiled inference.

All layers are walked through before anything is placed in memory: only then is it known how much zero-padding each
image between two operations needs, so that every convolution that reads it finds its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import NDArray

from npcnn.inference.interpreter import (
    AVG_POOL,
    CONV2D,
    CONV2D_IN_TILES,
    MAX_POOL,
    TO_CHANNELS_FIRST,
    TO_CHANNELS_LAST,
)
from npcnn.kernels.conv2d.forward import pack_filters
from npcnn.kernels.conv2d.layout import PaddedLayout, WindowOffsets, padded_layout, round_up_to_vector, window_offsets
from npcnn.kernels.conv2d.winograd import TileOffsets, is_suitable, pack_transformed_filters, tile_offsets
from npcnn.layers import ELU, AvgPool2D, Dropout, Layer, MaxPool2D, ReLU
from npcnn.layers.containers import Residual, Sequential
from npcnn.layers.conv_block import ConvPattern, match_convolution
from npcnn.layers.layer import Shape

_NO_PADDING, _ONE_PIXEL = (0, 0, 0, 0), (1, 1)


@dataclass(eq=False)
class Image:
    """What passes between operations."""

    shape: Shape  # (C, H, W)
    pixel_stride: int
    padding: tuple = _NO_PADDING  # the most that an operation needs around it
    first: int = 0  # number of the operation that creates it
    last: int = 0  # number of the last operation that uses it
    offset: int = 0  # in memory

    @property
    def layout(self) -> PaddedLayout:
        """How it lies in its buffer."""
        return padded_layout(self.shape[1:], self.pixel_stride, self.padding)

    @property
    def size(self) -> int:
        """Elements of its buffer, rounded up so that the next buffer is aligned, too."""
        return round_up_to_vector(self.layout.size)


@dataclass
class Operation:
    """One of the operations that the interpreter knows, on images that are not placed in memory yet."""

    code: int
    source: Image | None = None
    target: Image | None = None
    geometry: tuple = ()  # kernel size, stride, padding and pooling window
    weights: tuple[NDArray, NDArray] | None = None
    alpha: float | None = None  # of the ELU
    adds: str = ""  # "first": added to what is there before the ELU, "last": after it

    def offsets(self) -> WindowOffsets | TileOffsets:
        """Where its outputs, or tiles of them, find what they need in the buffer of the source."""
        kernel_size, *geometry = self.geometry
        if self.code == CONV2D_IN_TILES:
            return tile_offsets(self.source.layout, geometry[1], self.target.shape[1:], self.target.layout)
        channels = self.source.shape[0] if self.code == CONV2D else 1  # pooling treats all channels alike
        w_shape = (self.target.shape[0], channels, *kernel_size)
        return window_offsets(self.source.layout, w_shape, *geometry, self.target.shape[1:], self.target.layout)

    def packed_weights(self) -> NDArray:
        """The weights of a convolution, as its kernel reads them."""
        pack = pack_transformed_filters if self.code == CONV2D_IN_TILES else pack_filters
        return pack(*self.weights)


class NoOperationError(Exception):
    """There is no operation for a layer; it has to run eagerly."""


class OperationList:
    """Operations for layers that work on images, in order."""

    def __init__(self, shape: Shape) -> None:
        self.operations: list[Operation] = []
        self.image = Image(shape, shape[0])
        """The image as it is after the layers so far."""

    def add(self, layers: Sequence[Layer]) -> int:
        """Add operations for the first of ``layers``, and those fused with it; returns how many layers they cover.

        Raises NoOperationError if there are none, and ValueError if the layer does not accept the image.
        """
        before = len(self.operations)
        try:
            self.image, count = self._layer(layers, self.image)
        except NoOperationError:
            del self.operations[before:]
            raise
        return count

    def finished(self) -> list[Operation]:
        """All operations, with those that read the image and write the result."""
        if not self.operations:
            return []
        first = Operation(TO_CHANNELS_LAST, target=self.operations[0].source)
        return [first, *self.operations, Operation(TO_CHANNELS_FIRST, source=self.image)]

    def _layer(self, layers: Sequence[Layer], image: Image) -> tuple[Image, int]:
        layer, pattern = layers[0], match_convolution(layers)
        if pattern is not None:
            return self._convolution(pattern, image, Sequential(*layers[: pattern.length])), pattern.length
        if layer.is_unmodified(MaxPool2D, AvgPool2D):
            code = MAX_POOL if isinstance(layer, MaxPool2D) else AVG_POOL
            geometry = layer.window, layer.stride, _NO_PADDING, _ONE_PIXEL
            return self._add(Operation(code, image, _new_image(layer.output_shape(image.shape)), geometry)), 1
        if layer.is_unmodified(ELU, ReLU):
            return self._pointwise(image, _new_image(image.shape), _alpha_of(layer)), 1
        if layer.is_unmodified(Dropout):
            return image, 1
        if layer.is_unmodified(Residual):
            return self._residual(layer, image), 1
        raise NoOperationError

    def _layers(self, layers: Sequence[Layer], image: Image) -> Image:
        while layers:
            image, count = self._layer(layers, image)
            layers = layers[count:]
        return image

    def _convolution(self, pattern: ConvPattern, image: Image, layers: Sequential) -> Image:
        target, conv = _new_image(layers.output_shape(image.shape)), pattern.conv
        padding = conv.padding_of(image.shape[1:])
        image.padding = tuple(map(max, image.padding, padding))
        geometry = conv.kernel_size, conv.stride, padding, pattern.pool.window if pattern.pool else _ONE_PIXEL
        weights = pattern.folded_weights()
        in_tiles = is_suitable(weights[0].shape, geometry[1], geometry[3], target.shape[1:])
        code = CONV2D_IN_TILES if in_tiles else CONV2D
        return self._add(Operation(code, image, target, geometry, weights, _alpha_of(pattern.activation)))

    def _residual(self, residual: Residual, image: Image) -> Image:
        residual.output_shape(image.shape)  # raises ValueError if its branches do not fit
        body = self._layers(flatten(residual.body), image)
        if body is image:  # it must not change: the shortcut reads it
            body = self._pointwise(image, _new_image(image.shape))
        before = len(self.operations)
        shortcut = self._layers(flatten(residual.shortcut), image) if residual.shortcut else image
        if len(self.operations) > before and not self.operations[-1].adds:
            self.operations[-1].target = body
        else:
            self._pointwise(shortcut, body)
        last = self.operations[-1]
        last.adds = "last"
        if residual.activation is None:
            return body
        if not residual.activation.is_unmodified(ELU, ReLU):
            raise NoOperationError
        if last.alpha is not None:
            return self._pointwise(body, body, _alpha_of(residual.activation))
        last.adds, last.alpha = "first", _alpha_of(residual.activation)
        return body

    def _pointwise(self, source: Image, target: Image, alpha: float | None = None) -> Image:
        geometry = _ONE_PIXEL, _ONE_PIXEL, _NO_PADDING, _ONE_PIXEL
        return self._add(Operation(MAX_POOL, source, target, geometry, alpha=alpha))

    def _add(self, operation: Operation) -> Image:
        self.operations.append(operation)
        return operation.target


def flatten(network: Layer) -> list[Layer]:
    """The layers of a network, with the layers of each Sequential in its place."""
    if not network.is_unmodified(Sequential):
        return [network]
    return [layer for part in network.layers for layer in flatten(part)]


def _new_image(shape: Shape) -> Image:
    return Image(shape, round_up_to_vector(shape[0]))


def _alpha_of(activation: Layer | None) -> float | None:
    """The alpha of an ELU; a ReLU is an ELU with alpha 0."""
    return None if activation is None else activation.alpha if isinstance(activation, ELU) else 0.0
