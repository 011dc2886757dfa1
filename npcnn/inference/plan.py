"""Networks written out as the steps of ``npcnn.inference.interpreter``.

First all layers are looked through: only then is it known how much padding each image between them needs, so that every
convolution that reads it finds its own. Then each image, and each packed weight, is given its place in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from npcnn.inference.interpreter import (
    CONVOLVE,
    DENSE,
    PACK,
    TO_CHANNELS_LAST,
    TOTAL,
    Step,
    encoded_image,
    encoded_windows,
)
from npcnn.kernels.conv2d.layout import PaddedLayout, padded_layout, round_up_to_vector, window_offsets
from npcnn.kernels.dense import PARTS
from npcnn.layers import ELU, Conv2D, Dense, Dropout, Flatten, Layer
from npcnn.layers.containers import Residual, Sequential
from npcnn.layers.conv_block import ConvBlock
from npcnn.layers.layer import Shape


class NoPlanError(Exception):
    """A network has layers, or has them in an order, for which there are no steps."""


@dataclass
class _Image:
    """What passes between layers: its shape (C, H, W) and the padding that convolutions want around it."""

    shape: Shape
    pixel: int
    ready: int  # the stage from which on it may be read
    padding: tuple = (0, 0, 0, 0)
    place: int = 0

    @property
    def canvas(self) -> PaddedLayout:
        return padded_layout(self.shape[1:], self.pixel, self.padding)

    def wants(self, padding: tuple) -> None:
        self.padding = tuple(map(max, self.padding, padding))


@dataclass
class _Convolution:
    layer: Conv2D
    window: tuple
    alpha: float | None
    source: _Image
    target: _Image
    stage: int
    adds: bool = False


@dataclass
class _Dense:
    layer: Dense
    alpha: float | None = None


class ExecutionPlan:
    """A network as steps: those of a stage need nothing of each other, and all of the stages before.

    Raises NoPlanError unless it is made of convolutions with pooling and ELU behind them, residual blocks whose two
    ways end in these, and then dense layers with ELU; dropout does nothing. Raises ValueError if the layers do not fit
    each other.
    """

    def __init__(self, network: Layer, input_shape: Shape) -> None:
        self.steps: list[Step] = []  # stage after stage
        self.stages: list[int] = []  # of each step
        self.alphas: list[float] = []  # of each step's ELU
        self.layers: list[Layer] = []  # whose weights and biases are the parameters
        self.numbers: list[int] = []  # the tables of all steps
        self.memory_size = self.packed_size = 0  # for an image and all that becomes of it, and for packed weights
        self._convolutions: list[_Convolution] = []
        self._dense: list[_Dense] = []
        if len(input_shape) != 3:
            raise NoPlanError("no image")
        network.output_shape(input_shape)
        x = _Image(input_shape, input_shape[0], 1)
        self._images = [x]
        y = self._add(network, x)
        if not self._dense:
            raise NoPlanError("no dense layer ends the network")
        for image in self._images:
            image.place = self._reserve(image.canvas.size)
        table = self._append_table(encoded_image(x.shape, x.canvas))
        self._append(0, Step(TO_CHANNELS_LAST, target=x.place, table=table))
        for convolution in self._convolutions:
            self._write_convolution(convolution)
        self._write_dense(y)
        order = sorted(range(len(self.steps)), key=self.stages.__getitem__)
        self.steps = [self.steps[i] for i in order]
        self.alphas = [self.alphas[i] for i in order]
        self.stages.sort()

    def _add(self, layer: Layer, image: _Image) -> _Image:
        """Note what a layer does with an image; what comes out."""
        kind = type(layer)
        if isinstance(layer, Sequential):
            for stage in layer.stages:
                image = self._add(stage, image)
        elif isinstance(layer, Residual):
            image = self._add_residual(layer, image)
        elif kind in (ConvBlock, Conv2D) and not self._dense:
            image = self._add_convolution(layer, image)
        elif kind is Dense:
            self._dense.append(_Dense(layer))
        elif kind is ELU and self._dense and self._dense[-1].alpha is None:
            self._dense[-1].alpha = layer.alpha
        elif kind not in (Dropout, Flatten):
            raise NoPlanError(f"no step for {kind.__name__} here")
        return image

    def _add_residual(self, block: Residual, image: _Image) -> _Image:
        """The last convolution of the body adds to what the shortcut wrote."""
        if block.shortcut is None or block.activation is not None:
            raise NoPlanError("a residual block with an identity shortcut or an activation")
        shortcut = self._add(block.shortcut, image)
        body = self._add(block.body, image)
        last = self._convolutions[-1] if self._convolutions else None
        if shortcut is image or body is image or last.target is not body or last.adds:
            raise NoPlanError("a way that does not end in a convolution")
        last.target, last.adds, last.stage = shortcut, True, max(last.stage, shortcut.ready)
        shortcut.ready = last.stage + 1
        self._images = [other for other in self._images if other is not body]
        return shortcut

    def _add_convolution(self, layer: ConvBlock | Conv2D, image: _Image) -> _Image:
        shape, window, alpha = layer.output_shape(image.shape), (1, 1), None
        conv = layer
        if isinstance(layer, ConvBlock):
            conv, window, alpha = layer.conv, layer.window, layer.alpha
        if not conv.bias:
            raise NoPlanError("a convolution without a bias")
        image.wants(conv.padding_of(image.shape[1:]))
        target = _Image(shape, round_up_to_vector(shape[0]), image.ready + 1)
        self._images.append(target)
        self._convolutions.append(_Convolution(conv, window, alpha, image, target, image.ready))
        return target

    def _write_convolution(self, c: _Convolution) -> None:
        w, source, target = c.layer.params["w"], c.source, c.target
        padding = c.layer.padding_of(source.shape[1:])
        windows = window_offsets(
            source.canvas, w.shape, c.layer.stride, padding, c.window, target.shape[1:], target.canvas
        )
        taps, outputs, weights, packed = w[0].size, len(w), self._append_layer(c.layer), self.packed_size
        self.packed_size += round_up_to_vector(outputs) * (1 + taps)
        self._append(0, Step(PACK, inputs=taps, weights=weights, packed=packed))
        table, active = self._append_table(encoded_windows(windows)), int(c.alpha is not None)
        step = Step(CONVOLVE, source.place, target.place, 0, outputs, weights, packed, table, active, int(c.adds))
        self._append(c.stage, step, c.alpha)

    def _write_dense(self, image: _Image) -> None:
        channels, rows, columns = np.indices(image.shape)
        canvas = image.canvas
        order = (canvas.origin + rows * canvas.row_stride + columns * canvas.pixel_stride + channels).reshape(-1)
        source, stage = image.place, image.ready
        for dense in self._dense:
            inputs, outputs = dense.layer.params["w"].shape
            weights, table = self._append_layer(dense.layer), self._append_table(order.tolist())
            sums, target = self._reserve(PARTS * round_up_to_vector(outputs)), self._reserve(outputs)
            active = int(dense.alpha is not None)
            self._append(stage, Step(DENSE, source, sums, inputs, outputs, weights, table=table))
            total = Step(TOTAL, sums, target, 0, outputs, weights + 1, active=active)
            self._append(stage + 1, total, dense.alpha)
            source, stage, order = target, stage + 2, np.arange(outputs)

    def _append(self, stage: int, step: Step, alpha: float | None = None) -> None:
        self.steps.append(step)
        self.stages.append(stage)
        self.alphas.append(alpha or 0.0)

    def _append_layer(self, layer: Layer) -> int:
        self.layers.append(layer)
        return 2 * len(self.layers) - 2

    def _append_table(self, numbers: list[int]) -> int:
        self.numbers += numbers
        return len(self.numbers) - len(numbers)

    def _reserve(self, count: int) -> int:
        """Place of an array in the memory of an image; whole vectors, so that none of another array is touched."""
        place = self.memory_size
        self.memory_size += round_up_to_vector(count)
        return place
