"""SIMD vectors: the contents of one register, handled by one instruction.

Numba vectorises plain loops by itself, but it does not keep a tile of sums in registers across a loop. The intrinsics
here do that explicitly. A vector exists only inside a kernel. The number of its elements, the lanes, depends on their
dtype and on the processor, so kernels ask ``lanes``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from npcnn.kernels.simd import emulation
from npcnn.kernels.simd.registers import REGISTER_BYTES
from npcnn.runtime.compile import emulated_by, inlined, kernel, unsigned

_int32 = partial(ir.Constant, ir.IntType(32))

_CACHE_LINE = 64  # bytes


class Vector(types.Type):
    """The Numba type of a vector with elements of this dtype."""

    def __init__(self, dtype: types.Type) -> None:
        self.dtype, self.lanes = dtype, REGISTER_BYTES * 8 // dtype.bitwidth
        super().__init__(f"Vector({dtype})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    """Represents a vector by LLVM's vector type."""

    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, ir.VectorType(manager[vector.dtype].get_value_type(), vector.lanes))


def data_of(context: Any, builder: Any, array: types.Array, value: Any) -> Any:
    """The address of an array's first element."""
    return cgutils.create_struct_proxy(array)(context, builder, value).data


def load_from(context: Any, builder: Any, address: Any, dtype: types.Type) -> Any:
    """Generate a load of the vector at the address of its first element."""
    pointer = builder.bitcast(address, context.get_value_type(Vector(dtype)).as_pointer())
    return builder.load(pointer, align=dtype.bitwidth // 8)


def store_to(builder: Any, address: Any, vector: Any, dtype: types.Type) -> None:
    """Generate a store of a vector at the address of its first element."""
    builder.store(vector, builder.bitcast(address, vector.type.as_pointer()), align=dtype.bitwidth // 8)


def llvm_splat(builder: Any, value: Any, count: int) -> Any:
    """Generate an LLVM vector of ``count`` equal elements."""
    undefined = ir.Constant(ir.VectorType(value.type, count), ir.Undefined)
    first = builder.insert_element(undefined, value, _int32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), count), None))


def product_and_sum(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Generate ``a * b + c``, which is one instruction with a single rounding if the processor has it."""
    return builder.fadd(builder.fmul(a, b, flags=("contract",)), c, flags=("contract",))


@emulated_by(emulation.lanes)
@intrinsic
def lanes(_context: Any, array: types.Array) -> Any:
    """The number of elements of a vector with the dtype of ``array``, as an unsigned index."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.uintp, Vector(array.dtype).lanes)

    return types.uintp(array), generate


@emulated_by(emulation.load)
@intrinsic
def load(_context: Any, array: types.Array, index: types.Integer) -> Any:
    """The vector of the elements of a flat ``array`` from ``index`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        return load_from(context, builder, address, array.dtype)

    return Vector(array.dtype)(array, index), generate


@emulated_by(emulation.store)
@intrinsic
def store(_context: Any, array: types.Array, index: types.Integer, vector: Vector) -> Any:
    """Write ``vector`` to a flat ``array`` of its dtype from ``index`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = builder.gep(data_of(context, builder, array, arguments[0]), [arguments[1]])
        store_to(builder, address, arguments[2], array.dtype)
        return context.get_dummy_value()

    return types.void(array, index, vector), generate


@emulated_by(emulation.splat)
@intrinsic
def splat(_context: Any, value: types.Float) -> Any:
    """A vector whose elements all equal ``value``."""

    vector = Vector(value)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return llvm_splat(builder, arguments[0], vector.lanes)

    return vector(value), generate


@emulated_by(emulation.multiply_add)
@intrinsic
def multiply_add(_context: Any, a: Vector, b: Vector, c: Vector) -> Any:
    """``a * b + c``, element by element, in one instruction if the processor has it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return product_and_sum(builder, *arguments)

    return a(a, b, c), generate


@emulated_by(emulation.horizontal_sum)
@intrinsic
def horizontal_sum(_context: Any, vector: Vector) -> Any:
    """The sum of the elements of ``vector``: its two halves are added until one element is left."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums = arguments[0]
        undefined = ir.Constant(sums.type, ir.Undefined)
        for half in (vector.lanes >> i for i in range(1, vector.lanes.bit_length())):
            lane_order = [half + i if i < half else i for i in range(vector.lanes)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.lanes), lane_order)
            sums = builder.fadd(sums, builder.shuffle_vector(sums, undefined, mask))
        return builder.extract_element(sums, _int32(0))

    return vector.dtype(vector), generate


@kernel
def aligned_empty(count, example):
    """A flat array of ``count`` elements, not set to anything, with the dtype of the array ``example``.

    It starts at a cache line, so that no aligned vector in it crosses one.
    """
    array = np.empty(count + _CACHE_LINE // example.itemsize, example.dtype)
    first = -array.ctypes.data % _CACHE_LINE // example.itemsize
    return array[first : first + count]


@kernel
def aligned_zeros(count, example):
    """``aligned_empty`` of the same ``count`` and ``example``, with all elements zero."""
    zeros = aligned_empty(count, example)
    zeros[:] = 0
    return zeros


@inlined
def copy(source, start, target, target_start, count):
    """``target[target_start + j] = source[start + j]`` for ``j < count``.

    The flat arrays ``source`` and ``target`` must not overlap.
    """
    start, target_start, count = unsigned(start), unsigned(target_start), unsigned(count)
    width, j = lanes(source), unsigned(0)
    while j + width <= count:
        store(target, target_start + j, load(source, start + j))
        j += width
    while j < count:
        target[target_start + j] = source[start + j]
        j += unsigned(1)
