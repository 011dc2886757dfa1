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

from npcnn.kernels.vectors import Vector, data_of, everywhere, load_from, product_and_sum, store_to


class Block(types.Type):
    """The type of so many rows and columns of vectors."""

    def __init__(self, vector: Vector, rows: int, columns: int) -> None:
        self.vector, self.rows, self.columns = vector, rows, columns
        super().__init__(f"Block({vector}, {rows}, {columns})")


@register_model(Block)
class _BlockModel(models.PrimitiveModel):
    """How LLVM sees it: its vectors, row by row."""

    def __init__(self, manager: Any, block: Block) -> None:
        vector = manager[block.vector].get_value_type()
        super().__init__(manager, block, ir.ArrayType(vector, block.rows * block.columns))


def assembled(context: Any, builder: Any, block: Block, vector_at: Callable[[int, int], Any]) -> Any:
    """The block of the vectors of each row and column."""
    value = ir.Constant(context.get_value_type(block), ir.Undefined)
    for i in range(block.rows):
        for j in range(block.columns):
            value = builder.insert_value(value, vector_at(i, j), i * block.columns + j)
    return value


@intrinsic(prefer_literal=True)
def starts_at(_context: Any, table: types.Array, index: types.Integer, count: types.IntegerLiteral) -> Any:
    """So many numbers of a flat array of whole numbers, from ``index`` on: where the rows of a block begin."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, table, arguments[0]), [arguments[1]])
        numbers = [builder.load(cgutils.gep_inbounds(builder, first, i)) for i in range(count.literal_value)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return types.UniTuple(table.dtype, count.literal_value)(table, index, count), generate


@intrinsic(prefer_literal=True)
def filled(_context: Any, vector: Vector, rows: types.IntegerLiteral, columns: types.IntegerLiteral) -> Any:
    """A block of equal vectors."""
    block = Block(vector, rows.literal_value, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return assembled(context, builder, block, lambda i, j: arguments[0])

    return block(vector, rows, columns), generate


@intrinsic(prefer_literal=True)
def block_at(
    _context: Any,
    array: types.Array,
    index: types.Integer,
    rows: types.IntegerLiteral,
    columns: types.IntegerLiteral,
) -> Any:
    """The vectors of a flat array from ``index`` on, one after the other, as so many rows and columns."""
    block = Block(Vector(array.dtype), rows.literal_value, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])

        def vector_at(i: int, j: int) -> Any:
            address = cgutils.gep_inbounds(builder, first, (i * block.columns + j) * block.vector.lanes)
            return load_from(context, builder, address, array.dtype)

        return assembled(context, builder, block, vector_at)

    return block(array, index, rows, columns), generate


@intrinsic
def side_by_side(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer) -> Any:
    """One row of vectors from different places of a flat array: each begins ``offset`` behind one of the starts."""
    block = Block(Vector(array.dtype), 1, starts.count)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        return assembled(context, builder, block, lambda _, j: load_from(context, builder, addresses[j], array.dtype))

    return block(array, starts, offset), generate


@intrinsic
def spread_at(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer) -> Any:
    """One column: vectors of equal numbers, those of a flat array that are ``offset`` behind each of the starts."""
    block = Block(Vector(array.dtype), starts.count, 1)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        return assembled(
            context, builder, block, lambda i, _: everywhere(builder, builder.load(addresses[i]), block.vector.lanes)
        )

    return block(array, starts, offset), generate


def _addresses(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """Of the numbers ``array[start + offset]`` for the arguments array, starts and offset."""
    array, starts = signature.args[:2]
    moved = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[2]])
    return [builder.gep(moved, [builder.extract_value(arguments[1], i)]) for i in range(starts.count)]


@intrinsic(prefer_literal=True)
def repeated(_context: Any, row: Block, rows: types.IntegerLiteral) -> Any:
    """So many times the same row."""
    block = Block(row.vector, rows.literal_value, row.columns)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return assembled(context, builder, block, lambda _, j: builder.extract_value(arguments[0], j))

    return block(row, rows), generate


@intrinsic
def add_products(_context: Any, sums: Block, column: Block, row: Block) -> Any:
    """``sums[i, j] + column[i] * row[j]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def vector_at(i: int, j: int) -> Any:
            a, b = builder.extract_value(arguments[1], i), builder.extract_value(arguments[2], j)
            return product_and_sum(builder, a, b, builder.extract_value(arguments[0], i * sums.columns + j))

        return assembled(context, builder, sums, vector_at)

    return sums(sums, column, row), generate


@intrinsic
def store_block(_context: Any, array: types.Array, index: types.Integer, block: Block) -> Any:
    """Put all vectors of a block where ``block_at`` finds them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        for n in range(block.rows * block.columns):
            address = cgutils.gep_inbounds(builder, first, n * block.vector.lanes)
            store_to(builder, address, builder.extract_value(arguments[2], n), array.dtype)
        return context.get_dummy_value()

    return types.void(array, index, block), generate


@intrinsic(prefer_literal=True)
def rows_at(
    _context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer, columns: types.IntegerLiteral
) -> Any:
    """A block of so many vectors a row, one after the other; each row begins ``offset`` behind one of the starts."""
    block = Block(Vector(array.dtype), starts.count, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)

        def vector_at(i: int, j: int) -> Any:
            address = cgutils.gep_inbounds(builder, addresses[i], j * block.vector.lanes)
            return load_from(context, builder, address, array.dtype)

        return assembled(context, builder, block, vector_at)

    return block(array, starts, offset, columns), generate


@intrinsic
def store_rows(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer, block: Block) -> Any:
    """Put a block where ``rows_at`` finds it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        for n in range(block.rows * block.columns):
            address = cgutils.gep_inbounds(
                builder, addresses[n // block.columns], n % block.columns * block.vector.lanes
            )
            store_to(builder, address, builder.extract_value(arguments[3], n), array.dtype)
        return context.get_dummy_value()

    return types.void(array, starts, offset, block), generate
