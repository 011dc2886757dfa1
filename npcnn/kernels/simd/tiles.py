"""Register tiles: small matrices of vectors that stay in registers while outer products are added to them.

A processor can multiply and add two vectors per cycle, but each result takes four cycles. So it is busy only with eight
or more independent sums. It also loads only two or three vectors per cycle, so each loaded vector must serve several
sums. A register tile does both: it is a matrix of sums, to which the outer product of a column and a row of vectors is
added again and again. LLVM treats each of its vectors as a variable of its own, and keeps it in a register.

A tile exists only inside a kernel, and its rows and columns are compile-time constants. Source: Goto and van de Geijn,
Anatomy of high-performance matrix multiplication, ACM Transactions on Mathematical Software 34 (2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from npcnn.kernels.simd import emulation
from npcnn.kernels.simd.vectors import Vector, data_of, llvm_splat, load_from, product_and_sum, store_to
from npcnn.runtime.compile import emulated_by


class Tile(types.Type):
    """The Numba type of a tile with ``rows`` times ``columns`` vectors."""

    def __init__(self, vector: Vector, rows: int, columns: int) -> None:
        self.vector, self.rows, self.columns = vector, rows, columns
        super().__init__(f"Tile({vector}, {rows}, {columns})")


@register_model(Tile)
class _TileModel(models.PrimitiveModel):
    """Represents a tile by an LLVM array of its vectors, row by row."""

    def __init__(self, manager: Any, tile: Tile) -> None:
        vector = manager[tile.vector].get_value_type()
        super().__init__(manager, tile, ir.ArrayType(vector, tile.rows * tile.columns))


def make_tile(context: Any, builder: Any, tile: Tile, vector_at: Callable[[int, int], Any]) -> Any:
    """Generate a tile from its vector at each row and column."""
    value = ir.Constant(context.get_value_type(tile), ir.Undefined)
    for i in range(tile.rows):
        for j in range(tile.columns):
            value = builder.insert_value(value, vector_at(i, j), i * tile.columns + j)
    return value


@emulated_by(emulation.load_offsets)
@intrinsic(prefer_literal=True)
def load_offsets(_context: Any, table: types.Array, index: types.Integer, count: types.IntegerLiteral) -> Any:
    """The ``count`` elements of a flat integer array ``table`` from ``index`` on, as a tuple: where rows start."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, table, arguments[0]), [arguments[1]])
        offsets = [builder.load(cgutils.gep_inbounds(builder, first, i)) for i in range(count.literal_value)]
        return context.make_tuple(builder, signature.return_type, offsets)

    return types.UniTuple(table.dtype, count.literal_value)(table, index, count), generate


@emulated_by(emulation.filled_tile)
@intrinsic(prefer_literal=True)
def filled_tile(_context: Any, vector: Vector, rows: types.IntegerLiteral, columns: types.IntegerLiteral) -> Any:
    """A tile of ``rows`` times ``columns`` copies of ``vector``."""
    tile = Tile(vector, rows.literal_value, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return make_tile(context, builder, tile, lambda i, j: arguments[0])

    return tile(vector, rows, columns), generate


@emulated_by(emulation.load_tile)
@intrinsic(prefer_literal=True)
def load_tile(
    _context: Any,
    array: types.Array,
    index: types.Integer,
    rows: types.IntegerLiteral,
    columns: types.IntegerLiteral,
) -> Any:
    """A tile of ``rows`` times ``columns`` consecutive vectors of a flat ``array``, from ``index`` on."""
    tile = Tile(Vector(array.dtype), rows.literal_value, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])

        def vector_at(i: int, j: int) -> Any:
            address = cgutils.gep_inbounds(builder, first, (i * tile.columns + j) * tile.vector.lanes)
            return load_from(context, builder, address, array.dtype)

        return make_tile(context, builder, tile, vector_at)

    return tile(array, index, rows, columns), generate


@emulated_by(emulation.load_row)
@intrinsic
def load_row(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer) -> Any:
    """A tile of one row, the vectors of a flat ``array`` from ``offset`` after each of ``starts`` on."""
    tile = Tile(Vector(array.dtype), 1, starts.count)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        return make_tile(context, builder, tile, lambda _, j: load_from(context, builder, addresses[j], array.dtype))

    return tile(array, starts, offset), generate


@emulated_by(emulation.broadcast_load)
@intrinsic
def broadcast_load(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer) -> Any:
    """A tile of one column, the splats of the elements of a flat ``array`` at ``offset`` after each of ``starts``."""
    tile = Tile(Vector(array.dtype), starts.count, 1)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        return make_tile(
            context, builder, tile, lambda i, _: llvm_splat(builder, builder.load(addresses[i]), tile.vector.lanes)
        )

    return tile(array, starts, offset), generate


def _addresses(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """The address of ``array[start + offset]`` for each start, where the first arguments are array, starts, offset."""
    array, starts = signature.args[:2]
    moved = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[2]])
    return [builder.gep(moved, [builder.extract_value(arguments[1], i)]) for i in range(starts.count)]


@emulated_by(emulation.repeat_row)
@intrinsic(prefer_literal=True)
def repeat_row(_context: Any, row: Tile, rows: types.IntegerLiteral) -> Any:
    """A tile of ``rows`` rows that all equal ``row``, a tile of one row."""
    tile = Tile(row.vector, rows.literal_value, row.columns)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return make_tile(context, builder, tile, lambda _, j: builder.extract_value(arguments[0], j))

    return tile(row, rows), generate


@emulated_by(emulation.outer_product_fma)
@intrinsic
def outer_product_fma(_context: Any, sums: Tile, column: Tile, row: Tile) -> Any:
    """``sums[i, j] + column[i] * row[j]``: the outer product of a column and a row added to a tile of sums."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def vector_at(i: int, j: int) -> Any:
            a, b = builder.extract_value(arguments[1], i), builder.extract_value(arguments[2], j)
            return product_and_sum(builder, a, b, builder.extract_value(arguments[0], i * sums.columns + j))

        return make_tile(context, builder, sums, vector_at)

    return sums(sums, column, row), generate


@emulated_by(emulation.store_tile)
@intrinsic
def store_tile(_context: Any, array: types.Array, index: types.Integer, tile: Tile) -> Any:
    """Write the vectors of ``tile`` to a flat ``array`` from ``index`` on, as ``load_tile`` reads them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        for n in range(tile.rows * tile.columns):
            address = cgutils.gep_inbounds(builder, first, n * tile.vector.lanes)
            store_to(builder, address, builder.extract_value(arguments[2], n), array.dtype)
        return context.get_dummy_value()

    return types.void(array, index, tile), generate


@emulated_by(emulation.load_rows)
@intrinsic(prefer_literal=True)
def load_rows(
    _context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer, columns: types.IntegerLiteral
) -> Any:
    """A tile whose rows are ``columns`` consecutive vectors of a flat ``array``, from ``offset`` after each start on.

    ``starts`` has one start for each row.
    """
    tile = Tile(Vector(array.dtype), starts.count, columns.literal_value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)

        def vector_at(i: int, j: int) -> Any:
            address = cgutils.gep_inbounds(builder, addresses[i], j * tile.vector.lanes)
            return load_from(context, builder, address, array.dtype)

        return make_tile(context, builder, tile, vector_at)

    return tile(array, starts, offset, columns), generate


@emulated_by(emulation.store_rows)
@intrinsic
def store_rows(_context: Any, array: types.Array, starts: types.UniTuple, offset: types.Integer, tile: Tile) -> Any:
    """Write the rows of ``tile`` to ``array`` at ``offset`` after each of ``starts``, as ``load_rows`` reads them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        addresses = _addresses(context, builder, signature, arguments)
        for n in range(tile.rows * tile.columns):
            row, column = divmod(n, tile.columns)
            address = cgutils.gep_inbounds(builder, addresses[row], column * tile.vector.lanes)
            store_to(builder, address, builder.extract_value(arguments[3], n), array.dtype)
        return context.get_dummy_value()

    return types.void(array, starts, offset, tile), generate
