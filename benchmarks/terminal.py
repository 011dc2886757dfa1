"""A program on a terminal of its own, where it shows progress bars: what appears there, and when."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
import time
from collections.abc import Sequence

from benchmarks.processes import CHECKOUT, environment
from emotion.errors import InputError

_SIZE = (24, 160)
"""Rows and columns: on a terminal of no size, bars have no room."""


def first_appearances(line: Sequence[str], texts: Sequence[str], **changes: object) -> list[float]:
    """Seconds from a program's start until each text has appeared on its terminal; then the program is ended.

    changes: to the environment. Raises InputError when the program ends before.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, _SIZE)
    started = time.perf_counter()
    process = subprocess.Popen(line, stdout=theirs, stderr=theirs, cwd=CHECKOUT, env=environment(**changes))
    os.close(theirs)
    shown, seconds = "", {}
    try:
        while len(seconds) < len(texts):
            new = _read(ours)
            if not new:
                raise InputError(f"{line[1]} ended early: {(shown.splitlines() or ['no message'])[-1]}")
            shown += new
            for text in texts:
                if text in shown:
                    seconds.setdefault(text, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()
        os.close(ours)
    return [seconds[text] for text in texts]


def _read(terminal: int) -> str:
    """What is new on the terminal, as soon as something is; nothing when the program has left it."""
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux's way to say that nobody is at the other end
        return ""
