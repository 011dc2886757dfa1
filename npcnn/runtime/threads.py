"""One pool of threads for all kernels: the caller and its helpers share the tasks of each.

A kernel handed to ``share`` draws its tasks (see ``npcnn.runtime.tasks``) and owns what they write. What a task
computes never depends on who does it, so results are the same, bit for bit, for any number of threads. The kernels
release Python's lock, and no other pool (of BLAS, of OpenMP) runs beside this one.

Waking a sleeping thread takes 50 to 200 microseconds, as long as a whole layer for ten images. So a helper that has
finished waits awake for the next call, for half a millisecond, and nobody waits for a helper that sleeps.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from itertools import pairwise
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_single_threaded = ContextVar("alone", default=False)

_MIN_PARALLEL_WORK = 1e6
"""Multiply-adds that take longer than to call a helper."""

ELEMENTWISE = 20.0
"""Multiply-adds that take about as long as one number of an element-wise operation, which memory limits."""


class _Workers:
    """Threads that help with whatever is called, until they are dismissed."""

    def __init__(self, count: int) -> None:
        self._latest = np.zeros(1, np.int64)  # number of the latest call
        self._call: tuple[Callable, NDArray[np.int64], tuple] | None = None
        self._sleeping = 0
        self._wake_up: SimpleQueue[bool] = SimpleQueue()  # True wakes a sleeper, False sends it home
        self._threads = [threading.Thread(target=self._help, name="npcnn", daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def launch(self, kernel: Callable, counters: NDArray[np.int64], arguments: tuple) -> None:
        """Call the kernel here, and let the helpers call it too."""
        call = self._call = (kernel, counters, arguments)
        for _ in range(self._sleeping):
            self._wake_up.put(True)
        kernel((counters, self._latest, 1), *arguments)
        if self._call is call:
            self._call = None

    def stop(self) -> None:
        """Send them home, and wait until they are gone."""
        for _ in self._threads:
            self._wake_up.put(False)
        for thread in self._threads:
            thread.join()

    def _help(self) -> None:
        finished = None
        while True:
            call = self._call
            if call is not None and call[1] is not finished:
                kernel, finished, arguments = call
                with suppress(Exception):  # it is the caller's too
                    kernel((finished, self._latest, 0), *arguments)
                continue
            call = arguments = None  # others may want that memory
            self._sleeping += 1
            stays = self._wake_up.get()
            self._sleeping -= 1
            if not stays:
                break


_workers: _Workers | None = None
_nobody = np.zeros(1, np.int64)


def thread_count() -> int:
    """How many threads the kernels use: at first, as many as the process may use processors."""
    return _threads


def set_thread_count(threads: int) -> None:
    """Let the kernels use this many threads from now on. Raises ValueError below 1."""
    global _threads  # noqa: PLW0603
    if threads < 1:
        raise ValueError(f"the number of threads must be at least 1, got {threads}")
    if threads != _threads:
        _stop_workers()
    _threads = threads


@atexit.register
def _stop_workers() -> None:
    global _workers  # noqa: PLW0603
    if _workers is not None:
        _workers.stop()
    _workers = None


def _forget() -> None:
    """A forked process has none of its parent's threads."""
    global _workers  # noqa: PLW0603
    _workers = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def launch(kernel: Callable, tasks: int, *arguments: object, work: float) -> None:
    """Call ``kernel(call, *arguments)`` here and in the helpers, who share its tasks; returns when all are done.

    ``work`` is all that there is to do, counted in multiply-adds; where it is little, nobody helps.
    """
    global _workers  # noqa: PLW0603
    counters = np.array([tasks, 0, 0, 0, 0, 0], np.int64)
    if _threads == 1 or tasks < 2 or work < _MIN_PARALLEL_WORK or _single_threaded.get():
        kernel((counters, _nobody, 1), *arguments)
        return
    if _workers is None:
        _workers = _Workers(_threads - 1)
    _workers.launch(kernel, counters, arguments)


def launch_ranges(function: Callable, tasks: int) -> None:
    """Call a Python ``function(first, last)`` in each thread with its share; what it computes stays in that thread.

    For work that splits into large independent parts: no thread waits for another in between. If there are fewer parts
    than threads, the caller does them, and what they compute is shared.
    """
    if tasks < _threads or _threads == 1:
        function(0, tasks)
        return
    context = copy_context()

    def call(bounds: tuple[int, int]) -> None:
        own = context.copy()
        own.run(_single_threaded.set, True)
        own.run(function, *bounds)

    bounds = [tasks * i // _threads for i in range(_threads + 1)]
    with ThreadPoolExecutor(_threads) as pool:
        for _ in pool.map(call, pairwise(bounds)):
            pass
