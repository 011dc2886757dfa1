"""Arithmetic that works on scalars, vectors and tiles alike: the elements at the end of a row get the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from npcnn.kernels.simd import emulation
from npcnn.kernels.simd.tiles import Tile, make_tile
from npcnn.kernels.simd.vectors import Vector, llvm_splat
from npcnn.runtime.compile import emulated_by

_Operand = Vector | types.Float


def _dtype(operand: _Operand) -> types.Float:
    return operand.dtype if isinstance(operand, Vector) else operand


def _call_llvm(builder: Any, name: str, operand: _Operand, arguments: Any) -> Any:
    """Generate a call of LLVM's function of this name, whose arguments and result all have the operand's type."""
    suffix = f"v{operand.lanes}f" if isinstance(operand, Vector) else "f"
    signature = ir.FunctionType(arguments[0].type, [arguments[0].type] * len(arguments))
    name = f"llvm.{name}.{suffix}{_dtype(operand).bitwidth}"
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, name), arguments)


@emulated_by(emulation.select_greater)
@intrinsic
def select_greater(
    _context: Any, a: _Operand | Tile, b: _Operand | Tile, if_greater: _Operand | Tile, otherwise: _Operand | Tile
) -> Any:
    """``if_greater`` where ``a > b``, else ``otherwise``; for scalars, vectors and tiles.

    NaN counts as greater than every number, so that it stays visible.
    """

    def is_greater(builder: Any, a: Any, b: Any) -> Any:
        return builder.and_(builder.fcmp_unordered(">", a, b), builder.fcmp_ordered("ord", b, b))

    return a(a, b, if_greater, otherwise), _selection(is_greater)


@emulated_by(emulation.select_equal)
@intrinsic
def select_equal(_context: Any, a: Tile, b: Tile, if_equal: Tile, otherwise: Tile) -> Any:
    """``if_equal`` where ``a == b``, else ``otherwise``; for tiles."""

    def is_equal(builder: Any, a: Any, b: Any) -> Any:
        return builder.fcmp_ordered("==", a, b)

    return a(a, b, if_equal, otherwise), _selection(is_equal)


def _selection(condition: Callable[[Any, Any, Any], Any]) -> Callable:
    """A code generator that selects the third or the fourth argument by a condition on the first two."""

    def select(builder: Any, a: Any, b: Any, if_true: Any, if_false: Any) -> Any:
        return builder.select(condition(builder, a, b), if_true, if_false)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tile = signature.return_type
        if not isinstance(tile, Tile):
            return select(builder, *arguments)

        def vector_at(i: int, j: int) -> Any:
            return select(builder, *(builder.extract_value(argument, i * tile.columns + j) for argument in arguments))

        return make_tile(context, builder, tile, vector_at)

    return generate


@emulated_by(emulation.fma)
@intrinsic
def fma(_context: Any, a: _Operand, b: _Operand, c: _Operand) -> Any:
    """``a * b + c`` with a single rounding; for scalars and vectors."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call_llvm(builder, "fma", a, arguments)

    return a(a, b, c), generate


@emulated_by(emulation.floor)
@intrinsic
def floor(_context: Any, x: _Operand) -> Any:
    """The largest integer not above ``x``; for scalars and vectors."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call_llvm(builder, "floor", x, arguments)

    return x(x), generate


@emulated_by(emulation.power_of_two)
@intrinsic
def power_of_two(_context: Any, n: _Operand) -> Any:
    """``2^n`` for integral ``n``; for scalars and vectors.

    Added to a number so large that its last bit counts ones, n lands in the low bits, from where it is shifted into the
    exponent.
    """
    mantissa, bias = {32: (23, 127), 64: (52, 1023)}[_dtype(n).bitwidth]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = ir.IntType(_dtype(n).bitwidth)
        large = ir.Constant(context.get_value_type(_dtype(n)), 1.5 * 2**mantissa + bias)
        shift = ir.Constant(bits, mantissa)
        if isinstance(n, Vector):
            bits = ir.VectorType(bits, n.lanes)
            large, shift = (llvm_splat(builder, value, n.lanes) for value in (large, shift))
        exponent = builder.shl(builder.bitcast(builder.fadd(arguments[0], large), bits), shift)
        return builder.bitcast(exponent, arguments[0].type)

    return n(n), generate


@emulated_by(emulation.constant_like)
@intrinsic
def constant_like(_context: Any, example: _Operand, value: types.Float) -> Any:
    """``value`` in the precision of ``example``, and as a vector if that is one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar = context.cast(builder, arguments[1], value, _dtype(example))
        return llvm_splat(builder, scalar, example.lanes) if isinstance(example, Vector) else scalar

    return example(example, value), generate
