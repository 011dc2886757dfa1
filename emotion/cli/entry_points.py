"""The commands as functions that return an exit status.

Each imports its command only when called, so that a missing package becomes a one-line error.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from emotion.cli.errors import run


def train(argv: Sequence[str] | None = None) -> int:
    """``emotion-train``: 0, or 2 for input that cannot be used."""
    return _run("train", argv)


def predict(argv: Sequence[str] | None = None) -> int:
    """``emotion-predict``: 0, or 2 when a picture could not be used."""
    return _run("predict", argv)


def evaluate(argv: Sequence[str] | None = None) -> int:
    """``emotion-evaluate``: 0, or 2 for input that cannot be used."""
    return _run("evaluate", argv)


def draw_examples(argv: Sequence[str] | None = None) -> int:
    """``scripts/draw_examples.py``: 0, or 2 when the pictures cannot be written."""
    return _run("draw_examples", argv)


def _run(command: str, argv: Sequence[str] | None) -> int:
    return run(lambda: import_module(f"emotion.cli.{command}").main(argv))
