"""Run the scripts and modules of this checkout in child processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from emotion.errors import InputError

CHECKOUT = Path(__file__).parent.parent


def command(program: str, *arguments: object) -> list[str]:
    """Return the command line of a script (``predict.py``) or a module (``benchmarks.jobs``)."""
    start = [str(CHECKOUT / "scripts" / program)] if program.endswith(".py") else ["-m", program]
    return [sys.executable, *start, *map(str, arguments)]


def environment(**changes: object) -> dict[str, str]:
    """Return this process's environment with changes and with the checkout first on the import path."""
    return os.environ | {"PYTHONPATH": str(CHECKOUT)} | {name: str(value) for name, value in changes.items()}


def output_of(line: Sequence[str], **changes: object) -> str:
    """Return the output of a command. Raises InputError, with the last line of its error output, if it fails."""
    result = subprocess.run(line, capture_output=True, text=True, cwd=CHECKOUT, env=environment(**changes), check=False)
    if result.returncode:
        messages = result.stderr.strip().splitlines() or ["no message"]
        raise InputError(f"{' '.join(line[1:3])} failed: {messages[-1]}")
    return result.stdout
