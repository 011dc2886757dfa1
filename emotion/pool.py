"""A function of many items in several processes: answers in order, bounded memory, and no harm if a process ends.

Processes, not threads: NumPy's matrix library (BLAS) reads its number of threads when it is loaded, so several threads
of one process would compete with the threads of BLAS; and what makes a decoder crash costs one picture.
"""

from __future__ import annotations

import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import TypeVar

from emotion.errors import InputError
from emotion.worker_process import GRACE, ProcessEndedError, WorkerProcess

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_AHEAD = 4  # items for each process that are taken before the first of them is answered
_ATTEMPTS = 2  # processes that may end while they have an item


def map_in_processes(
    function: Callable[[Item], Answer], items: Iterable[Item], processes: int
) -> Iterator[Answer | InputError]:
    """Yield ``function(item)`` for each item, in order; up to ``processes`` other processes compute them.

    Each uses one thread. The function is sent to them once, and items and answers are sent one by one, so they must be
    picklable. Only a few items are taken from the iterable before their answers are asked for.

    If a process ends while it has an item, as by a crash or for lack of memory, another one gets it; if that ends, too,
    the answer is an InputError. An exception in the function is raised here. Closing the iterator, or an exception such
    as KeyboardInterrupt, ends the processes at once. Raises InputError if a process cannot be started.
    """
    pool = _Pool(function, processes)
    try:
        waiting: deque[Future] = deque()
        for item in items:
            waiting.append(pool.submit(item))
            while waiting and (len(waiting) >= _AHEAD * processes or waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.close()


class _Pool:
    """Threads that wait, each for a process of its own.

    They are daemons, and not those of a ThreadPoolExecutor: if Ctrl-C comes while the main thread holds a lock of the
    executor or of a Future, that lock is never released. A thread that then waits for it must not keep the program.
    """

    def __init__(self, function: Callable, processes: int) -> None:
        self._function = pickle.dumps(function)
        self._requests: SimpleQueue[tuple[object, Future] | None] = SimpleQueue()  # None: there are no more
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(processes)]
        self._thread = threading.local()
        self._processes: set[WorkerProcess] = set()
        self._lock = threading.Lock()
        self._closed = False
        for thread in self._threads:
            thread.start()

    def submit(self, item: object) -> Future:
        future: Future = Future()
        self._requests.put((item, future))
        return future

    def close(self) -> None:
        with self._lock:
            self._closed = True
            processes = tuple(self._processes)
        for process in processes:
            process.terminate()
        for process in processes:
            process.kill_after(GRACE)
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join(GRACE)
        for process in processes:
            process.end()

    def _work(self) -> None:
        while not self._closed and (request := self._requests.get()):
            item, future = request
            try:
                future.set_result(self._answer(item))
            except BaseException as error:
                future.set_exception(error)

    def _answer(self, item: object) -> object:
        request = pickle.dumps(item)
        for _ in range(_ATTEMPTS):
            process = self._process()
            try:
                answer, error = process.ask(request)
            except ProcessEndedError as ended:
                reason = ended
                self._forget(process)
                continue
            if error is not None:
                raise error
            return answer
        return InputError(
            f"the process that worked on it ended ({reason}), and so did another, perhaps for lack of memory; "
            "give a smaller picture, or use fewer workers"
        )

    def _process(self) -> WorkerProcess:
        """Return the process of this thread, started if need be. Raises InputError if that is impossible."""
        if not hasattr(self._thread, "process"):
            try:
                self._thread.process = self._start()
            except (OSError, ProcessEndedError) as error:
                raise InputError(f"a process cannot be started ({error}); use one worker") from error
        return self._thread.process

    def _start(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise CancelledError
            process = WorkerProcess()
            self._processes.add(process)
        process.ask(self._function)
        return process

    def _forget(self, process: WorkerProcess) -> None:
        with self._lock:
            self._processes.discard(process)
        del self._thread.process
