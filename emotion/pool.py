"""A function of many items in several processes: answers in order, bounded memory, and no harm if a process ends.

The processes are new Pythons that run this module. They do not import the program that starts them, which therefore
needs no ``if __name__ == "__main__"``, and there is no fork, which would copy threads that hold locks.

Processes, not threads: NumPy's matrix library (BLAS) reads its number of threads when it is loaded, so several threads
of one process would compete with the threads of BLAS; and what makes a decoder crash costs one picture.

Items and answers are pickled, and pass only through the pipes between a process and the one that started it.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from emotion.errors import InputError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_AHEAD = 4  # items for each process that are taken before the first of them is answered
_ATTEMPTS = 2  # processes that may end while they have an item
_GRACE = 5.0  # seconds in which a process may end by itself, and remove its temporary files
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


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
        self._processes: set[_Process] = set()
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
            process.kill_after(_GRACE)
        for _ in self._threads:
            self._requests.put(None)
        for thread in self._threads:
            thread.join(_GRACE)
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
            except _EndedError as ended:
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

    def _process(self) -> _Process:
        """Return the process of this thread, started if need be. Raises InputError if that is impossible."""
        if not hasattr(self._thread, "process"):
            try:
                self._thread.process = self._start()
            except (OSError, _EndedError) as error:
                raise InputError(f"a process cannot be started ({error}); use one worker") from error
        return self._thread.process

    def _start(self) -> _Process:
        with self._lock:
            if self._closed:
                raise CancelledError
            process = _Process()
            self._processes.add(process)
        process.ask(self._function)
        return process

    def _forget(self, process: _Process) -> None:
        with self._lock:
            self._processes.discard(process)
        del self._thread.process


class _EndedError(Exception):
    """A process has ended; the message says how."""


class _Process:
    """A process that runs `_serve`."""

    def __init__(self) -> None:
        path = os.pathsep.join(map(os.path.abspath, sys.path))  # "" is the current folder
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ONE_THREAD | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the process that started it; likewise on Windows:
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def ask(self, request: bytes) -> tuple[Any, Exception | None]:
        """Return the answer to a pickled request, or an exception. Raises _EndedError if the process has ended."""
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.kill_after(_GRACE)
            raise _EndedError(self.end()) from error

    def terminate(self) -> None:
        """Ask the process to end."""
        self._process.terminate()

    def kill_after(self, seconds: float) -> None:
        """Kill the process if it does not end by itself."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def end(self) -> str:
        """Wait until the process has ended, and return how it did."""
        status = self._process.wait()
        with suppress(OSError):
            self._process.stdin.close()
        self._process.stdout.close()
        return f"status {status}" if status >= 0 else signal.Signals(-status).name


def _serve() -> None:
    """Read the function and then the items from standard input, and write to standard output: answers and errors."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # nothing else may write there
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # as an exception, which lets temporary files be removed
    function = pickle.load(requests)
    _use_one_thread()

    def answer(answer: object, error: Exception | None = None) -> None:
        answers.write(pickle.dumps((answer, error)))
        answers.flush()

    try:
        answer(None)
        while True:
            try:
                item = pickle.load(requests)
            except EOFError:
                return
            try:
                result = function(item)
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer(None, error)
            else:
                answer(result)
    except BrokenPipeError:  # the process that started this one has ended
        os._exit(1)


def _use_one_thread() -> None:
    import cv2

    from npcnn import set_thread_count

    cv2.setNumThreads(1)
    set_thread_count(1)


if __name__ == "__main__":
    _serve()
