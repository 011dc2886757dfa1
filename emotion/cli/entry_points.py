"""Entry points of the commands: functions that return an exit status.

Each imports its command when called, so that a missing package is reported as a one-line error.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from emotion.cli.errors import run


def train(argv: Sequence[str] | None = None) -> int:
    """``emotion-train``: returns 0, or 2 for invalid input."""
    return _run("train", argv)


def predict(argv: Sequence[str] | None = None) -> int:
    """``emotion-predict``: returns 0, 1 if no face was found, or 2 if a picture could not be processed."""
    return _run("predict", argv)


def archive(argv: Sequence[str] | None = None) -> int:
    """``emotion-archive``: returns 0 if the table is complete, or 2 for invalid input."""
    return _run("archive", argv)


def evaluate(argv: Sequence[str] | None = None) -> int:
    """``emotion-evaluate``: returns 0, or 2 for invalid input."""
    return _run("evaluate", argv)


def calibrate(argv: Sequence[str] | None = None) -> int:
    """``emotion-calibrate``: returns 0, or 2 for invalid input."""
    return _run("calibrate", argv)


def draw_examples(argv: Sequence[str] | None = None) -> int:
    """``scripts/draw_examples.py``: returns 0, or 2 if the pictures cannot be written."""
    return _run("draw_examples", argv)


def export(argv: Sequence[str] | None = None) -> int:
    """``emotion-export``: returns 0, or 2 for invalid input."""
    return _run("export", argv)


def inspect_network(argv: Sequence[str] | None = None) -> int:
    """``emotion-inspect-network``: returns 0, or 2 for invalid input."""
    return _run("inspect_network", argv)


def _run(command: str, argv: Sequence[str] | None) -> int:
    return run(lambda: import_module(f"emotion.cli.{command}").main(argv))
