"""One pool of threads for all kernels: the caller and the workers share the tasks of each launch.

A kernel passed to ``launch`` takes its tasks from ``npcnn.runtime.tasks``, and each task owns what it writes. The
result of a task does not depend on the thread that runs it, so results are bit-identical for any number of threads.
Kernels release the GIL, and no other pool (BLAS, OpenMP) runs next to this one.

Waking a sleeping thread takes 50 to 200 microseconds, as long as a whole layer for ten images. So a worker that has
finished spins for half a millisecond before it goes to sleep, and nobody waits for a sleeping worker.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.runtime.task_call import RUNNING, TaskCall, new_counters

_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

_MIN_PARALLEL_WORK = 1e6
"""Multiply-adds below which a launch is not worth waking the workers."""

ELEMENTWISE = 20.0
"""Multiply-adds that take as long as one element of an element-wise operation, which is limited by memory."""


class _Launch(NamedTuple):
    kernel: Callable
    counters: NDArray[np.int64]
    arguments: tuple
    errors: list[BaseException]  # raised in workers


class _Workers:
    """Threads that take part in every launch until they are stopped."""

    def __init__(self, count: int) -> None:
        self._latest = np.zeros(1, np.int64)  # number of the latest launch
        self._launch: _Launch | None = None
        self._sleeping = 0
        self._wake_up: SimpleQueue[bool] = SimpleQueue()  # True wakes a worker, False stops it
        self._threads = [
            threading.Thread(target=self._work, args=(RUNNING + i,), name="npcnn", daemon=True)
            for i in range(1, count + 1)
        ]
        for thread in self._threads:
            thread.start()

    def launch(self, kernel: Callable, tasks: int, arguments: tuple) -> None:
        """Call the kernel in this thread, and let the workers call it too."""
        counters = new_counters(tasks, len(self._threads))
        call = counters, self._latest, 1, RUNNING
        launch = self._launch = _Launch(kernel, counters, arguments, [])
        try:
            for _ in range(self._sleeping):
                self._wake_up.put(True)
            kernel(call, *arguments)
        except BaseException:
            _abandon(call)  # workers may still write to the arguments
            raise
        finally:
            if self._launch is launch:
                self._launch = None
        if launch.errors:
            raise launch.errors[0]

    def stop(self) -> None:
        """Stop the workers, and wait until they have ended."""
        for _ in self._threads:
            self._wake_up.put(False)
        for thread in self._threads:
            thread.join()

    def _work(self, running: int) -> None:
        finished = None
        while True:
            launch = self._launch
            if launch is not None and launch.counters is not finished:
                finished = launch.counters
                self._take_part(launch, running)
                continue
            launch = None  # or a sleeping worker would keep the arguments alive
            self._sleeping += 1
            go_on = self._wake_up.get()
            self._sleeping -= 1
            if not go_on:
                break

    def _take_part(self, launch: _Launch, running: int) -> None:
        call = launch.counters, self._latest, 0, running
        try:
            launch.kernel(call, *launch.arguments)
        except BaseException as error:
            launch.errors.append(error)  # before the caller can stop waiting
            _abandon(call)


def _abandon(call: TaskCall) -> None:
    """Start no further tasks after an exception; the caller also waits for those that are running."""
    from npcnn.runtime.tasks import abandon_tasks  # imports the compiler

    abandon_tasks(call)


_workers: _Workers | None = None
_lock = threading.Lock()  # held to start workers and to change their number
_no_launch = np.zeros(1, np.int64)  # for launches without workers


def thread_count() -> int:
    """The number of threads that kernels use: at first, the number of processors available to this process."""
    return _threads


def set_thread_count(threads: int) -> None:
    """Set the number of threads that kernels use. Raises ValueError if it is below 1."""
    global _threads, _workers
    if threads < 1:
        raise ValueError(f"the number of threads must be at least 1, got {threads}")
    with _lock:
        before, _threads = _threads, threads
        if threads == before:
            return
        stopped, _workers = _workers, None
    if stopped is not None:
        stopped.stop()  # the caller of a launch that has begun does its remaining tasks


def _running_workers() -> _Workers:
    global _workers  # noqa: PLW0603
    with _lock:
        if _workers is None:
            _workers = _Workers(_threads - 1)
        return _workers


@atexit.register
def _stop_workers() -> None:
    if _workers is not None:
        _workers.stop()


def _forget_workers() -> None:
    """A forked process has none of its parent's threads, and may have been forked while one of them held the lock."""
    global _workers, _lock
    _workers, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)


def launch(kernel: Callable, tasks: int, *arguments: object, work: float) -> None:
    """Call ``kernel(call, *arguments)`` in this thread and in the workers, which share its tasks.

    Returns when all tasks are done. If a task raises an exception, no further tasks start, and the exception is raised
    here once the running tasks are done. ``work`` is the total number of multiply-adds; a launch with little work stays
    in this thread.
    """
    if _threads == 1 or tasks < 2 or work < _MIN_PARALLEL_WORK:
        kernel((new_counters(tasks, 0), _no_launch, 1, RUNNING), *arguments)
        return
    (_workers or _running_workers()).launch(kernel, tasks, arguments)
