"""Arithmetic told once for vectors and for single numbers: the numbers left over at a row's end get the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from npcnn.kernels.simd.tiles import Tile, make_tile
from npcnn.kernels.simd.vectors import Vector, llvm_splat

_Number = Vector | types.Float
"""What arithmetic is done with."""


def _dtype(number: _Number) -> types.Float:
    return number.dtype if isinstance(number, Vector) else number


def _llvm(builder: Any, name: str, number: _Number, arguments: Any) -> Any:
    """A call of LLVM's own function of that name, for arguments and a result that are alike."""
    suffix = f"v{number.lanes}f" if isinstance(number, Vector) else "f"
    kinds = ir.FunctionType(arguments[0].type, [arguments[0].type] * len(arguments))
    function = cgutils.get_or_insert_function(builder.module, kinds, f"llvm.{name}.{suffix}{_dtype(number).bitwidth}")
    return builder.call(function, arguments)


@intrinsic
def select_greater(
    _context: Any, a: _Number | Tile, b: _Number | Tile, if_a: _Number | Tile, if_b: _Number | Tile
) -> Any:
    """``if_a`` where a is larger than b, elsewhere ``if_b``; single numbers, vectors, or blocks of these.

    A NaN is larger than all numbers: it must stay visible.
    """

    def is_larger(builder: Any, a: Any, b: Any) -> Any:
        return builder.and_(builder.fcmp_unordered(">", a, b), builder.fcmp_ordered("ord", b, b))

    return a(a, b, if_a, if_b), _choice(is_larger)


@intrinsic
def select_equal(_context: Any, a: Tile, b: Tile, then: Tile, otherwise: Tile) -> Any:
    """``then`` where a equals b, elsewhere ``otherwise``; of blocks."""

    def is_equal(builder: Any, a: Any, b: Any) -> Any:
        return builder.fcmp_ordered("==", a, b)

    return a(a, b, then, otherwise), _choice(is_equal)


def _choice(condition: Callable[[Any, Any, Any], Any]) -> Callable:
    """What generates code that returns the third or the fourth argument, as the condition of the first two says."""

    def choose(builder: Any, a: Any, b: Any, then: Any, otherwise: Any) -> Any:
        return builder.select(condition(builder, a, b), then, otherwise)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.return_type
        if not isinstance(kind, Tile):
            return choose(builder, *arguments)

        def vector_at(i: int, j: int) -> Any:
            return choose(builder, *(builder.extract_value(block, i * kind.columns + j) for block in arguments))

        return make_tile(context, builder, kind, vector_at)

    return generate


@intrinsic
def fma(_context: Any, a: _Number, b: _Number, c: _Number) -> Any:
    """``a * b + c``, rounded once; vectors or single numbers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _llvm(builder, "fma", a, arguments)

    return a(a, b, c), generate


@intrinsic
def floor(_context: Any, x: _Number) -> Any:
    """The largest whole number not above x; of a vector, of each of its numbers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _llvm(builder, "floor", x, arguments)

    return x(x), generate


@intrinsic
def power_of_two(_context: Any, n: _Number) -> Any:
    """``2^n`` of a whole number: added to a number so large that its last bits count ones, n becomes an exponent."""
    mantissa, bias = {32: (23, 127), 64: (52, 1023)}[_dtype(n).bitwidth]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = ir.IntType(_dtype(n).bitwidth)
        counting, shift = (
            ir.Constant(kind, number)
            for kind, number in ((context.get_value_type(_dtype(n)), 1.5 * 2**mantissa + bias), (bits, mantissa))
        )
        if isinstance(n, Vector):
            bits = ir.VectorType(bits, n.lanes)
            counting, shift = (llvm_splat(builder, number, n.lanes) for number in (counting, shift))
        exponent = builder.shl(builder.bitcast(builder.fadd(arguments[0], counting), bits), shift)
        return builder.bitcast(exponent, arguments[0].type)

    return n(n), generate


@intrinsic
def constant_like(_context: Any, example: _Number, number: types.Float) -> Any:
    """The number in the precision of the example, and as a vector if that is one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        own = context.cast(builder, arguments[1], number, _dtype(example))
        return llvm_splat(builder, own, example.lanes) if isinstance(example, Vector) else own

    return example(example, number), generate
