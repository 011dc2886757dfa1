"""SIMD vectors: as many numbers as one register of the processor holds, handled by one instruction.

Numba turns plain loops into such instructions by itself, but it will not keep a block of sums in registers over a loop.
The few functions here say so explicitly. A vector exists only inside a kernel; how many numbers it has depends on their
dtype and on the processor, so kernels ask ``lanes``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from npcnn.runtime.compile import inlined, kernel, unsigned

_int32 = partial(ir.Constant, ir.IntType(32))

_features = llvm.get_host_cpu_features()
_CACHE_LINE = 64  # bytes
REGISTER_BYTES = 64 if _features.get("avx512f") else 32 if _features.get("avx") else 16


class Vector(types.Type):
    """The type of a register full of numbers."""

    def __init__(self, dtype: types.Type) -> None:
        self.dtype, self.lanes = dtype, REGISTER_BYTES * 8 // dtype.bitwidth
        super().__init__(f"Vector({dtype})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    """How LLVM sees it."""

    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, ir.VectorType(manager[vector.dtype].get_value_type(), vector.lanes))


def data_of(context: Any, builder: Any, array: types.Array, value: Any) -> Any:
    """The address of an array's first number."""
    return cgutils.create_struct_proxy(array)(context, builder, value).data


def load_from(context: Any, builder: Any, address: Any, dtype: types.Type) -> Any:
    """LLVM's load of a vector that begins with the number at an address."""
    place = builder.bitcast(address, context.get_value_type(Vector(dtype)).as_pointer())
    return builder.load(place, align=dtype.bitwidth // 8)


def store_to(builder: Any, address: Any, vector: Any, dtype: types.Type) -> None:
    """LLVM's store of a vector."""
    builder.store(vector, builder.bitcast(address, vector.type.as_pointer()), align=dtype.bitwidth // 8)


def llvm_splat(builder: Any, number: Any, count: int) -> Any:
    """LLVM's vector of so many equal numbers."""
    undefined = ir.Constant(ir.VectorType(number.type, count), ir.Undefined)
    first = builder.insert_element(undefined, number, _int32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), count), None))


def product_and_sum(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """LLVM's ``a * b + c``, to be rounded once if the processor can."""
    return builder.fadd(builder.fmul(a, b, flags=("contract",)), c, flags=("contract",))


@intrinsic
def lanes(_context: Any, array: types.Array) -> Any:
    """How many numbers of this array a vector holds, as an unsigned place."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.uintp, Vector(array.dtype).lanes)

    return types.uintp(array), generate


@intrinsic
def load(_context: Any, array: types.Array, index: types.Integer) -> Any:
    """The numbers of a flat array from ``index`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        return load_from(context, builder, address, array.dtype)

    return Vector(array.dtype)(array, index), generate


@intrinsic
def store(_context: Any, array: types.Array, index: types.Integer, vector: Vector) -> Any:
    """Put a vector into a flat array of its dtype from ``index`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        store_to(builder, address, arguments[2], array.dtype)
        return context.get_dummy_value()

    return types.void(array, index, vector), generate


@intrinsic
def splat(_context: Any, number: types.Float) -> Any:
    """A vector of equal numbers."""

    vector = Vector(number)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return llvm_splat(builder, arguments[0], vector.lanes)

    return vector(number), generate


@intrinsic
def multiply_add(_context: Any, a: Vector, b: Vector, c: Vector) -> Any:
    """``a * b + c``, number by number, in one instruction where the processor has one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return product_and_sum(builder, *arguments)

    return a(a, b, c), generate


@intrinsic
def horizontal_sum(_context: Any, vector: Vector) -> Any:
    """The sum of a vector's numbers: its halves are added until one number is left."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        halves = arguments[0]
        undefined = ir.Constant(halves.type, ir.Undefined)
        for half in (vector.lanes >> i for i in range(1, vector.lanes.bit_length())):
            places = [half + i if i < half else i for i in range(vector.lanes)]
            upper = builder.shuffle_vector(
                halves, undefined, ir.Constant(ir.VectorType(ir.IntType(32), vector.lanes), places)
            )
            halves = builder.fadd(halves, upper)
        return builder.extract_element(halves, _int32(0))

    return vector.dtype(vector), generate


@kernel
def aligned_zeros(count, example):
    """A flat array of zeros of the example's dtype that begins with a cache line, so that vectors cross none."""
    numbers = np.zeros(count + _CACHE_LINE // example.itemsize, example.dtype)
    first = -numbers.ctypes.data % _CACHE_LINE // example.itemsize
    return numbers[first : first + count]


@inlined
def copy(source, start, target, place, count):
    """``target[place + j] = source[start + j]`` for j below count; neither must hold the other's memory."""
    start, place, count = unsigned(start), unsigned(place), unsigned(count)
    one, j = lanes(source), unsigned(0)
    while j + one <= count:
        store(target, place + j, load(source, start + j))
        j += one
    while j < count:
        target[place + j] = source[start + j]
        j += unsigned(1)
