"""Run a command on a pseudo-terminal, where it shows progress bars, and record what appears, or when."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.processes import CHECKOUT, environment
from emotion.errors import InputError

_SIZE = (24, 160)
"""Rows and columns; progress bars need a terminal with a size."""


def first_appearances(line: Sequence[str], texts: Sequence[str], **changes: object) -> list[float]:
    """Return the seconds until each text has appeared on the terminal of a command, and terminate the command.

    changes: changes to the environment. Raises InputError if the command exits before all texts have appeared.
    """
    started = time.perf_counter()
    process, parent = _start(line, CHECKOUT, environment(**changes))
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


def output_on_terminal(line: Sequence[str], folder: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in a folder, with these environment variables; returns its exit status and all that it printed."""
    process, parent = _start(line, folder, variables)
    try:
        shown = "".join(iter(lambda: _read(parent), ""))
    finally:
        os.close(parent)
    return process.wait(), shown


def _start(line: Sequence[str], folder: Path, variables: Mapping[str, str]) -> tuple[subprocess.Popen, int]:
    """Start a command on a terminal of its own; returns the process and the file descriptor of the terminal."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, _SIZE)
    process = subprocess.Popen(line, stdout=child, stderr=child, cwd=folder, env=variables)
    os.close(child)
    return process, parent


def _read(terminal: int) -> str:
    """Wait for new output on the terminal and return it; "" if the command has closed the terminal."""
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux raises EIO when the other end is closed
        return ""
