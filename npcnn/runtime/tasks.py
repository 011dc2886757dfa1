"""How threads share the tasks of a kernel without the GIL: each takes the next task that no thread has taken yet.

A shared kernel takes a ``TaskCall`` as its first argument and loops over ``next_tasks(call)``. A thread that comes late
finds fewer tasks left, and nobody waits for a thread that does not come at all.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from npcnn.runtime.compile import emulated_by, inlined, kernel
from npcnn.runtime.task_call import DONE, LAUNCH, RUNNING, STARTED, STARTED_AT_BACK, STARTED_AT_FRONT, TASKS

_SPIN_LIMIT = 20_000
"""How often a worker looks for another launch before it goes to sleep; takes about half a millisecond."""

_YIELD_EVERY = 64
"""How often a spinning thread looks before it yields its processor; takes a few microseconds."""

_emulated_atomics = threading.Lock()


def _address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """The address of ``array[index]``, the first two arguments."""
    array = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


def _emulated_add(array, index, value):
    with _emulated_atomics:
        before = int(array[index])
        array[index] += value
    return before


@emulated_by(_emulated_add)
@intrinsic
def atomic_add(_context: Any, array: types.Array, index: types.Integer, value: types.Integer) -> Any:
    """Add ``value`` to ``array[index]`` of a flat int64 array atomically, and return the element's previous value.

    Other threads that read the element then also see everything this thread wrote before.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.atomic_rmw("add", _address(context, builder, signature, arguments), arguments[2], "acq_rel")

    return types.int64(array, index, types.int64), generate


@emulated_by(lambda array, index: int(array[index]))
@intrinsic
def _atomic_read(_context: Any, array: types.Array, index: types.Integer) -> Any:
    """``array[index]`` of a flat int64 array, together with everything that other threads wrote before they set it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(_address(context, builder, signature, arguments), "acquire", 8)

    return types.int64(array, index), generate


@emulated_by(lambda: None)
@intrinsic
def _pause(_context: Any) -> Any:
    """Pause for a moment between two looks at memory, on processors that have an instruction for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if "x86" in builder.module.triple:
            void = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, void, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


@emulated_by(lambda: time.sleep(0))
@intrinsic
def _yield_processor(_context: Any) -> Any:
    """Let another thread run, such as one that prepares the next batch, on systems that allow it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if hasattr(os, "sched_yield"):
            status = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, status, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate


@inlined
def _spin(looks):
    """Wait between two looks at memory; ``looks`` counts those so far."""
    _pause()
    if looks % _YIELD_EVERY == 0:
        _yield_processor()


@inlined
def next_tasks(call):
    """Generate the tasks that this thread runs, one after the other.

    ``call`` is the kernel's ``TaskCall``. The caller takes tasks from the front and workers take them from the back: a
    thread then finds in its cache what it read or wrote in the previous launch.

    The caller returns when all tasks are done. Workers return when the caller has started its next launch, or after
    the spin limit. Until then they do not need the GIL: a thread that has to wait for the GIL sleeps, and waking it
    takes longer than most kernels.
    """
    counters, _, is_caller, _ = call
    _begin(call)
    while atomic_add(counters, STARTED, 1) < counters[TASKS]:
        if is_caller:
            task = atomic_add(counters, STARTED_AT_FRONT, 1)
        else:
            task = counters[TASKS] - 1 - atomic_add(counters, STARTED_AT_BACK, 1)
        yield task
        atomic_add(counters, DONE, 1)
    _end(call)


@inlined
def next_tasks_in_order(call):
    """Generate the tasks that this thread runs like ``next_tasks``, but each thread takes the first one that is left.

    ``call`` is the kernel's ``TaskCall``. A task may then wait for those before it, by ``wait_for_tasks``: all of them
    have started.
    """
    counters = call[0]
    _begin(call)
    task = atomic_add(counters, STARTED, 1)
    while task < counters[TASKS]:
        yield task
        atomic_add(counters, DONE, 1)
        task = atomic_add(counters, STARTED, 1)
    _end(call)


@inlined
def _begin(call):
    """What a thread does before its first task of ``call``."""
    counters, latest, is_caller, running = call
    if is_caller:
        counters[LAUNCH] = atomic_add(latest, 0, 1) + 1
    counters[running] = 1  # only a task can raise an exception before this is 0 again


@inlined
def _end(call):
    """What a thread does after its last task of ``call``: it waits, see ``next_tasks``."""
    counters, latest, is_caller, running = call
    counters[running] = 0
    if is_caller:
        wait_for_tasks(call, counters[TASKS])
    else:
        looks = 0
        while _atomic_read(latest, 0) == counters[LAUNCH] and looks < _SPIN_LIMIT:
            looks += 1
            _spin(looks)


@inlined
def thread_index(call):
    """The index of this thread among those of ``call``, a ``TaskCall``: 0 for the caller, from 1 on for workers."""
    return call[3] - RUNNING


@inlined
def wait_for_tasks(call, count):
    """Wait until ``count`` tasks of ``call`` are done. What they wrote can be read then."""
    counters, looks = call[0], 0
    while _atomic_read(counters, DONE) < count:
        looks += 1
        _spin(looks)


@kernel
def abandon_tasks(call):
    """Call off a launch after an exception in this thread; ``call`` is its ``TaskCall``.

    Tasks that have not started never will. They and the one that failed count as done, so that nobody waits for them.
    The caller waits for the tasks that other threads are still running.
    """
    counters, _, is_caller, running = call
    tasks = counters[TASKS]
    started = atomic_add(counters, STARTED, tasks)
    atomic_add(counters, DONE, max(tasks - started, 0) + counters[running])
    counters[running] = 0
    if is_caller:
        wait_for_tasks(call, tasks)
