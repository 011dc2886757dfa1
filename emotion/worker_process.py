"""A process that computes a function of one item after another, and the end of the pipe that asks it.

The process is a new Python that runs this module. It does not import the program that starts it, which therefore needs
no ``if __name__ == "__main__"``, and there is no fork, which would copy threads that hold locks.

Items and answers are pickled, and pass only through the pipes between the process and the one that started it.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

GRACE = 5.0
"""Seconds in which a process may end by itself, and remove its temporary files."""

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


class ProcessEndedError(Exception):
    """A process has ended; the message says how."""


class WorkerProcess:
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
        """Return the answer to a pickled request, or an exception: first the function, then items.

        Raises ProcessEndedError if the process has ended.
        """
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.kill_after(GRACE)
            raise ProcessEndedError(self.end()) from error

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
