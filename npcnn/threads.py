"""One pool of threads for all kernels: a batch is cut into shares, and each thread computes its own.

A kernel handed to ``share`` takes the range of tasks it is to do and owns what these write. What a task computes never
depends on who does it, so results are the same, bit for bit, for any number of threads. The kernels release Python's
lock, the threads sleep between two of them, and no other pool (of BLAS, of OpenMP) runs beside this one.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from itertools import pairwise

_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_pool: ThreadPoolExecutor | None = None
_alone = ContextVar("alone", default=False)

_WORTH_A_THREAD = 12e6
"""Multiply-adds that take about as long as waking a thread and waiting for it."""

ELEMENTWISE = 20.0
"""Multiply-adds that take about as long as one number of an element-wise operation, which memory limits."""


def thread_count() -> int:
    """How many threads the kernels use: at first, as many as the process may use processors."""
    return _threads


def set_thread_count(threads: int) -> None:
    """Let the kernels use this many threads from now on. Raises ValueError below 1."""
    global _threads, _pool  # noqa: PLW0603
    if threads < 1:
        raise ValueError(f"the number of threads must be at least 1, got {threads}")
    if threads != _threads and _pool is not None:
        _pool.shutdown()
        _pool = None
    _threads = threads


def _forget_pool() -> None:
    """A forked process has none of its parent's threads."""
    global _pool  # noqa: PLW0603
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def share(kernel: Callable, tasks: int, *arguments: object, work: float) -> None:
    """Call ``kernel(first, last, *arguments)`` in each thread with its share of ``range(tasks)``.

    ``work`` is all that there is to do, counted in multiply-adds; where it is little, fewer threads share it, because
    waking one and waiting for it takes as long as some millions of them.
    """
    global _pool  # noqa: PLW0603
    shares = 1 if _alone.get() else int(min(_threads, tasks, 1 + work / _WORTH_A_THREAD))
    if shares <= 1:
        kernel(0, tasks, *arguments)
        return
    if _pool is None:
        _pool = ThreadPoolExecutor(_threads - 1, thread_name_prefix="npcnn")
    bounds = [tasks * i // shares for i in range(shares + 1)]
    others = [_pool.submit(kernel, *bound, *arguments) for bound in pairwise(bounds[1:])]
    kernel(bounds[0], bounds[1], *arguments)
    for other in others:
        other.result()


def share_calls(function: Callable, tasks: int) -> None:
    """Call a Python ``function(first, last)`` in each thread with its share; what it computes stays in that thread.

    For work that splits into large independent parts: no thread waits for another in between. If there are fewer parts
    than threads, the caller does them, and what they compute is shared.
    """
    if tasks < _threads:
        function(0, tasks)
        return
    context = copy_context()

    def call(first: int, last: int) -> None:
        own = context.copy()
        own.run(_alone.set, True)
        own.run(function, first, last)

    share(call, tasks, work=math.inf)
