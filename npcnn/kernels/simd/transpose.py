"""Matrices turned over while they are copied: images between channels first and channels last, weights for vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from npcnn.kernels.simd.vectors import Vector, copy, lanes
from npcnn.runtime.compile import kernel


@intrinsic
def _transpose_square(
    _context: Any,
    source: types.Array,
    start: types.Integer,
    step: types.Integer,
    target: types.Array,
    place: types.Integer,
    target_step: types.Integer,
) -> Any:
    """``transpose`` of as many rows and columns as a vector has numbers.

    The rows are loaded as vectors. Each round merges every row of the upper half with its partner of the lower half,
    number by number, into two rows. After as many rounds as it takes to halve the rows down to one, each row is a
    column: every round has moved one binary digit of the row's number to the column's.
    """
    count = Vector(source.dtype).lanes

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(context.get_value_type(source.dtype), count)

        def address(array: int, row: int) -> Any:
            data = cgutils.create_struct_proxy(signature.args[array])(context, builder, arguments[array]).data
            offset = builder.mul(ir.Constant(arguments[array + 2].type, row), arguments[array + 2])
            return builder.bitcast(builder.gep(data, [builder.add(arguments[array + 1], offset)]), kind.as_pointer())

        def merged(a: Any, b: Any, first: int) -> Any:
            places = [number for i in range(first, first + count // 2) for number in (i, count + i)]
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), count), places))

        align, half = source.dtype.bitwidth // 8, count // 2
        rows = [builder.load(address(0, row), align=align) for row in range(count)]
        for _ in range(half.bit_length()):
            pairs = [(rows[i], rows[half + i]) for i in range(half)]
            rows = [merged(*pair, first) for pair in pairs for first in (0, half)]
        for row in range(count):
            builder.store(rows[row], address(3, row), align=align)
        return context.get_dummy_value()

    return types.void(source, start, step, target, place, target_step), generate


@kernel
def transpose(source, start, step, rows, columns, target, place, target_step):
    """``target[place + j * target_step + i] = source[start + i * step + j]`` for i below rows and j below columns."""
    if rows == 1 and target_step == 1:
        copy(source, start, target, place, columns)
        return
    one = np.intp(lanes(source))
    whole_rows, whole_columns = rows - rows % one, columns - columns % one
    for i in range(0, whole_rows, one):
        for j in range(0, whole_columns, one):
            _transpose_square(source, start + i * step + j, step, target, place + j * target_step + i, target_step)
    for i in range(whole_rows, rows):
        for j in range(whole_columns):
            target[place + j * target_step + i] = source[start + i * step + j]
    for j in range(whole_columns, columns):
        for i in range(rows):
            target[place + j * target_step + i] = source[start + i * step + j]
