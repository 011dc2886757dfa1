"""Execution plans: the first layers of a network, as far as they work on images, written as instructions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike

from npcnn.inference.interpreter import CLEAR, Instruction, encode_image, encode_offsets
from npcnn.inference.operations import Image, NoOperationError, Operation, OperationList, flatten
from npcnn.kernels.conv2d.layout import TILE_ROWS, WindowOffsets
from npcnn.kernels.conv2d.winograd import TileOffsets
from npcnn.layers import Layer
from npcnn.layers.layer import Shape
from npcnn.runtime.buffers import empty


class ExecutionPlan:
    """The instructions for the first layers of a network, for images of ``input_shape`` (C, H, W).

    Covered are Conv2D, alone or with what ``match_convolution`` finds after it (batch normalisation is folded into its
    weights), MaxPool2D, AvgPool2D, ELU, ReLU, Dropout (which does nothing in inference) and Residual. The plan ends
    before the first other layer; that layer and all after it are ``remaining_layers``. Raises ValueError if a covered
    layer does not accept its image.

    ``instructions`` (int64, one in each row), ``tables``, ``alphas`` and ``packed`` are the arguments of
    ``npcnn.inference.interpreter.run``. ``run_together`` takes ``parts`` instead of ``instructions``: the same, each
    split for as many ``threads``, though any number may run them. ``memory_size`` is in elements; ``output_shape`` is
    (C, H, W). If not even the first layer is covered, there are no instructions.
    """

    def __init__(self, network: Layer, input_shape: Shape, dtype: DTypeLike, threads: int) -> None:
        self.remaining_layers, self.output_shape = flatten(network), input_shape
        operations: list[Operation] = []
        if len(input_shape) == 3:
            covered = OperationList(input_shape)
            try:
                while self.remaining_layers:
                    self.remaining_layers = self.remaining_layers[covered.add(self.remaining_layers) :]
            except NoOperationError:
                pass
            operations, self.output_shape = covered.finished(), covered.image.shape
        self.memory_size = _place(operations)
        self._write(operations, np.dtype(dtype), threads)

    def _write(self, operations: Sequence[Operation], dtype: np.dtype, threads: int) -> None:
        instructions: list[Instruction] = []
        parts: list[Instruction] = []
        tables: list[int] = []
        packed = [np.empty(0, dtype)]
        for number, operation in enumerate(operations):
            source, target = operation.source, operation.target
            image = target or source
            if target is not None and target.first == number and any(target.padding):
                clear = Instruction(CLEAR, target=target.offset, size=target.size, after=len(parts))
                instructions.append(clear)
                parts.append(clear)
            instruction = Instruction(
                operation.code,
                source=source.offset if source else 0,
                target=target.offset if target else 0,
                input_channels=(source or image).shape[0],
                channels=image.shape[0],
                weights=sum(map(len, packed)),
                table=len(tables),
                add_first=operation.adds == "first",
                apply_elu=operation.alpha is not None,
                alpha=number,
                add_last=operation.adds == "last",
                after=len(parts),
            )
            instructions.append(instruction)
            if operation.weights:
                packed.append(operation.packed_weights())
            if source is None or target is None:
                tables += encode_image(image.shape, image.layout)
                parts.append(instruction)
            else:
                offsets = operation.offsets()
                tables += encode_offsets(offsets)
                parts += _split(instruction, offsets, threads, tables)
        self.instructions = np.array(instructions, np.int64)
        self.parts = np.array(parts, np.int64)
        self.tables = np.array(tables, np.int64)
        self.alphas = np.array([operation.alpha or 0 for operation in operations], dtype)
        self.packed = np.concatenate(packed, out=empty((sum(map(len, packed)),), dtype))


def _split(
    instruction: Instruction, offsets: WindowOffsets | TileOffsets, parts: int, tables: list[int]
) -> Iterator[Instruction]:
    """Parts of an instruction, as many if it has enough outputs; adds the offsets of their outputs to ``tables``."""
    outputs, targets, *others = offsets
    tiles = len(outputs) // TILE_ROWS
    parts = min(parts, tiles)
    for part in range(parts):
        own = slice(tiles * part // parts * TILE_ROWS, tiles * (part + 1) // parts * TILE_ROWS)
        table = len(tables)
        tables += encode_offsets((outputs[own], targets[own], *others))
        yield instruction._replace(table=table)


def _place(operations: Sequence[Operation]) -> int:
    """Give each image the first gap in memory that is large enough; returns the elements needed in all.

    Images that are not needed at the same time share their place.
    """
    images: dict[Image, None] = {}
    for number, operation in enumerate(operations):
        for image in filter(None, (operation.source, operation.target)):
            if image not in images:
                images[image] = None
                image.first = number
            image.last = number
    placed: list[Image] = []
    for image in images:
        for other in sorted(placed, key=lambda other: other.offset):
            if other.last >= image.first and other.offset < image.offset + image.size:
                image.offset = max(image.offset, other.offset + other.size)
        placed.append(image)
    return max((image.offset + image.size for image in placed), default=0)
