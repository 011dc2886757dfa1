"""Transposed copies of matrices: images between channels first and channels last, and weights for the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from npcnn.kernels.simd import emulation
from npcnn.kernels.simd.vectors import Vector, copy, data_of, lanes, load_from, store_to
from npcnn.runtime.compile import emulated_by, kernel


@emulated_by(emulation.transpose_square)
@intrinsic
def _transpose_square(
    _context: Any,
    source: types.Array,
    start: types.Integer,
    row_stride: types.Integer,
    target: types.Array,
    target_start: types.Integer,
    target_stride: types.Integer,
) -> Any:
    """Transpose a square with as many rows and columns as a vector has lanes.

    It lies in the flat array ``source`` from ``start`` on, with ``row_stride`` elements from a row to the next; the
    result goes to ``target`` from ``target_start`` on, with ``target_stride``.

    The rows are loaded as vectors. Each round interleaves every row of the upper half with its counterpart in the lower
    half, which makes two rows. Each round thereby moves one binary digit of the row index to the column index, so after
    log2(lanes) rounds every row is a column.
    """
    count = Vector(source.dtype).lanes

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def address(array: int, row: int) -> Any:
            data = data_of(context, builder, signature.args[array], arguments[array])
            offset = builder.mul(ir.Constant(arguments[array + 2].type, row), arguments[array + 2])
            return builder.gep(data, [builder.add(arguments[array + 1], offset)])

        def interleaved(a: Any, b: Any, first: int) -> Any:
            lane_order = [lane for i in range(first, first + count // 2) for lane in (i, count + i)]
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), count), lane_order))

        half = count // 2
        rows = [load_from(context, builder, address(0, row), source.dtype) for row in range(count)]
        for _ in range(half.bit_length()):
            pairs = [(rows[i], rows[half + i]) for i in range(half)]
            rows = [interleaved(*pair, first) for pair in pairs for first in (0, half)]
        for row in range(count):
            store_to(builder, address(3, row), rows[row], source.dtype)
        return context.get_dummy_value()

    return types.void(source, start, row_stride, target, target_start, target_stride), generate


@kernel
def transpose(source, start, row_stride, rows, columns, target, target_start, target_stride):
    """``target[target_start + j * target_stride + i] = source[start + i * row_stride + j]``.

    For ``i < rows`` and ``j < columns``; the arrays are flat and must not overlap.
    """
    if rows == 1 and target_stride == 1:
        copy(source, start, target, target_start, columns)
        return
    width = np.intp(lanes(source))
    full_rows, full_columns = rows - rows % width, columns - columns % width
    for i in range(0, full_rows, width):
        for j in range(0, full_columns, width):
            from_index, to_index = start + i * row_stride + j, target_start + j * target_stride + i
            _transpose_square(source, from_index, row_stride, target, to_index, target_stride)
    for i in range(full_rows, rows):
        for j in range(full_columns):
            target[target_start + j * target_stride + i] = source[start + i * row_stride + j]
    for j in range(full_columns, columns):
        for i in range(rows):
            target[target_start + j * target_stride + i] = source[start + i * row_stride + j]
