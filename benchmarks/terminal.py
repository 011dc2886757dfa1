"""Run a command on a pseudo-terminal, where it shows progress bars, and record when output appears."""

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
"""Rows and columns; progress bars need a terminal with a size."""


def first_appearances(line: Sequence[str], texts: Sequence[str], **changes: object) -> list[float]:
    """Return the seconds until each text has appeared on the terminal of a command, and terminate the command.

    changes: changes to the environment. Raises InputError if the command exits before all texts have appeared.
    """
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, _SIZE)
    started = time.perf_counter()
    process = subprocess.Popen(line, stdout=child, stderr=child, cwd=CHECKOUT, env=environment(**changes))
    os.close(child)
    shown, seconds = "", {}
    try:
        while len(seconds) < len(texts):
            new = _read(parent)
            if not new:
                raise InputError(f"{line[1]} exited early: {(shown.splitlines() or ['no message'])[-1]}")
            shown += new
            for text in texts:
                if text in shown:
                    seconds.setdefault(text, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()
        os.close(parent)
    return [seconds[text] for text in texts]


def _read(terminal: int) -> str:
    """Wait for new output on the terminal and return it; "" if the command has closed the terminal."""
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux raises EIO when the other end is closed
        return ""
