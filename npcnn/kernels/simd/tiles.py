"""Blocks of vectors that stay in registers while products are added to them.

A processor multiplies and adds two vectors a cycle, but each result takes four cycles: only with eight or more sums
that do not wait for each other is it busy. And it reads only two or three vectors a cycle: what was read must serve
several sums. A block of sums does both: a small matrix of vectors, to which the product of a column and a row of
vectors is added again and again. LLVM sees each of its vectors by itself, and keeps it in a register.

A block exists only inside a kernel. How many rows and columns it has is known when that is compiled. Source: Goto and
van de Geijn, Anatomy of high-performance matrix multiplication, ACM Transactions on Mathematical Software 34 (2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from npcnn.kernels.simd.vectors import Vector, data_of, llvm_splat, load_from, product_and_sum, store_to


class Tile(types.Type):
    """The type of so many rows and columns of vectors."""

    def __init__(self, vector: Vector, rows: int, columns: int) -> None:
        self.vector, self.rows, self.columns = vector, rows, columns
        super().__init__(f"Tile({vector}, {rows}, {columns})")


@register_model(Tile)
class _TileModel(models.PrimitiveModel):
    """How LLVM sees it: its vectors, row by row."""

    def __init__(self, manager: Any, block: Tile) -> None:
        vector = manager[block.vector].get_value_type()
        super().__init__(manager, block, ir.ArrayType(vector, block.rows * block.columns))


def make_tile(context: Any, builder: Any, block: Tile, vector_at: Callable[[int, int], Any]) -> Any:
    """The block of the vectors of each row and column."""
    value = ir.Constant(context.get_value_type(block), ir.Undefined)
    for i in range(block.rows):
        for j in range(block.columns):
            value = builder.insert_value(value, vector_at(i, j), i * block.columns + j)
    return value


@intrinsic(prefer_literal=True)
def load_offsets(_context: Any, table: types.Array, index: types.Integer, count: types.IntegerLiteral) -> Any:
    """So many numbers of a flat array of whole numbers, from ``index`` on: where the rows of a block begin."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, table, arguments[0]), [arguments[1]])
        numbers = [builder.load(cgutils.gep_inbounds(builder, first, i)) for i in range(count.literal_value)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return types.UniTuple(table.dtype, count.literal_value)(table, index, count), generate


@intrinsic(prefer_literal=True)
def filled_tile(_context: Any, vector: Vector, rows: types.IntegerLiteral, columns: types.IntegerLiteral) -> Any:
    """A block of equal vectors."""
    block = Tile(vector, rows.literal_value, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return make_tile(context, builder, block, lambda i, j: arguments[0])

    return block(vector, rows, columns), generate


@intrinsic(prefer_literal=True)
def load_tile(
    _context: Any,
    array: types.Array,
    index: types.Integer,
    rows: types.IntegerLiteral,
    columns: types.IntegerLiteral,
) -> Any:
    """The vectors of a flat array from ``index`` on, one after the other, as so many rows and columns."""
    block = Tile(Vector(array.dtype), rows.literal_value, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])

        def vector_at(i: int, j: int) -> Any:
            address = cgutils.gep_inbounds(builder, first, (i * block.columns + j) * block.vector.lanes)
            return load_from(context, builder, address, array.dtype)

        return make_tile(context, builder, block, vector_at)

    return block(array, index, rows, columns), generate


@intrinsic
def load_row(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer) -> Any:
    """One row of vectors from different places of a flat array: each begins ``offset`` behind one of the starts."""
    block = Tile(Vector(array.dtype), 1, starts.count)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        return make_tile(context, builder, block, lambda _, j: load_from(context, builder, addresses[j], array.dtype))

    return block(array, starts, offset), generate


@intrinsic
def broadcast_load(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer) -> Any:
    """One column: vectors of equal numbers, those of a flat array that are ``offset`` behind each of the starts."""
    block = Tile(Vector(array.dtype), starts.count, 1)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        return make_tile(
            context, builder, block, lambda i, _: llvm_splat(builder, builder.load(addresses[i]), block.vector.lanes)
        )

    return block(array, starts, offset), generate


def _addresses(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """Of the numbers ``array[start + offset]`` for the arguments array, starts and offset."""
    array, starts = signature.args[:2]
    moved = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[2]])
    return [builder.gep(moved, [builder.extract_value(arguments[1], i)]) for i in range(starts.count)]


@intrinsic(prefer_literal=True)
def repeat_row(_context: Any, row: Tile, rows: types.IntegerLiteral) -> Any:
    """So many times the same row."""
    block = Tile(row.vector, rows.literal_value, row.columns)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return make_tile(context, builder, block, lambda _, j: builder.extract_value(arguments[0], j))

    return block(row, rows), generate


@intrinsic
def outer_product_fma(_context: Any, sums: Tile, column: Tile, row: Tile) -> Any:
    """``sums[i, j] + column[i] * row[j]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def vector_at(i: int, j: int) -> Any:
            a, b = builder.extract_value(arguments[1], i), builder.extract_value(arguments[2], j)
            return product_and_sum(builder, a, b, builder.extract_value(arguments[0], i * sums.columns + j))

        return make_tile(context, builder, sums, vector_at)

    return sums(sums, column, row), generate


@intrinsic
def store_tile(_context: Any, array: types.Array, index: types.Integer, block: Tile) -> Any:
    """Put all vectors of a block where ``load_tile`` finds them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        for n in range(block.rows * block.columns):
            address = cgutils.gep_inbounds(builder, first, n * block.vector.lanes)
            store_to(builder, address, builder.extract_value(arguments[2], n), array.dtype)
        return context.get_dummy_value()

    return types.void(array, index, block), generate


@intrinsic(prefer_literal=True)
def load_rows(
    _context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer, columns: types.IntegerLiteral
) -> Any:
    """A block of so many vectors a row, one after the other; each row begins ``offset`` behind one of the starts."""
    block = Tile(Vector(array.dtype), starts.count, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)

        def vector_at(i: int, j: int) -> Any:
            address = cgutils.gep_inbounds(builder, addresses[i], j * block.vector.lanes)
            return load_from(context, builder, address, array.dtype)

        return make_tile(context, builder, block, vector_at)

    return block(array, starts, offset, columns), generate


@intrinsic
def store_rows(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer, block: Tile) -> Any:
    """Put a block where ``load_rows`` finds it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        for n in range(block.rows * block.columns):
            address = cgutils.gep_inbounds(
                builder, addresses[n // block.columns], n % block.columns * block.vector.lanes
            )
            store_to(builder, address, builder.extract_value(arguments[3], n), array.dtype)
        return context.get_dummy_value()

    return types.void(array, starts, offset, block), generate
