"""How threads share the tasks of a kernel without the GIL: each takes the next task from a shared task counter.

A kernel that runs in parallel takes a call as its first argument and loops over ``next_tasks(call)``. A thread that
comes late finds less to do, and one that does not come at all is not waited for. A call is a tuple: its counters, the
number of the latest call of all, and whether this thread is the caller.
"""

from __future__ import annotations

import os
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from npcnn.runtime.compile import inlined, kernel

_TASKS, _DRAWN, _FRONT, _BACK, _DONE, _NUMBER = range(6)
"""What the counters of a call hold: how many tasks there are, are drawn, drawn from the front, and from the back, are
done; the number of the call. At first all but the first are 0."""

_SPIN_LIMIT = 20_000
"""Looks that a thread takes for another call before it goes to sleep: about half a millisecond."""

_YIELD_EVERY = 64
"""Looks after which a waiting thread lets others have its processor: some microseconds."""


def _address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """The address of ``array[index]``, the first two arguments."""
    array = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


@intrinsic
def atomic_add(_context: Any, array: types.Array, index: types.Integer, number: types.Integer) -> Any:
    """Add to ``array[index]`` of a flat array of int64; returns what it was. Other threads see what came before."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.atomic_rmw("add", _address(context, builder, signature, arguments), arguments[2], "acq_rel")

    return types.int64(array, index, types.int64), generate


@intrinsic
def _read(_context: Any, array: types.Array, index: types.Integer) -> Any:
    """``array[index]`` of a flat array of int64, as other threads left it, with all they wrote before."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(_address(context, builder, signature, arguments), "acquire", 8)

    return types.int64(array, index), generate


@intrinsic
def _pause(_context: Any) -> Any:
    """A moment's rest between two looks at memory, where the processor has an instruction for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if "x86" in builder.module.triple:
            nothing = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, nothing, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def _yield_processor(_context: Any) -> Any:
    """Let other threads have the processor, such as one that prepares the next batch; where the system lets one."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if hasattr(os, "sched_yield"):
            nothing = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, nothing, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate


@inlined
def _spin_wait(looks):
    """Between two looks whether something happened, of which there were so many."""
    _pause()
    if looks % _YIELD_EVERY == 0:
        _yield_processor()


@inlined
def next_tasks(call, in_order=False):
    """The tasks of a call that this thread is to do, one after the other.

    Unless they must begin in order, the caller takes them from the front and the others from the back: then a thread
    finds in its cache what it read or wrote in the call before. The caller comes back when all are done. The others
    come back when it has entered its next call, or soon when there is none: only then is Python's lock, which they
    need to look what to do, nobody's; a thread that must wait for the lock sleeps, and waking takes longer than most
    kernels.
    """
    counters, latest, is_caller = call
    if is_caller:
        counters[_NUMBER] = atomic_add(latest, 0, 1) + 1
    while True:
        task = atomic_add(counters, _DRAWN, 1)
        if task >= counters[_TASKS]:
            break
        if not in_order:
            task = (
                atomic_add(counters, _FRONT, 1) if is_caller else counters[_TASKS] - 1 - atomic_add(counters, _BACK, 1)
            )
        yield task
        atomic_add(counters, _DONE, 1)
    if is_caller:
        wait_for_tasks(call, counters[_TASKS])
    else:
        looks = 0
        while _read(latest, 0) == counters[_NUMBER] and looks < _SPIN_LIMIT:
            looks += 1
            _spin_wait(looks)


@kernel
def wait_for_tasks(call, count):
    """Wait until so many tasks of a call are done."""
    looks = 0
    while _read(call[0], _DONE) < count:
        looks += 1
        _spin_wait(looks)
