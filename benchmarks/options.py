"""The options that all benchmarks have, and how they are read."""

from __future__ import annotations

import argparse

from benchmarks.machine import processors


def parser(description: str, threads: bool = True) -> argparse.ArgumentParser:
    """A parser with ``--seed``, ``--markdown`` and, if wanted, ``--threads``."""
    options = argparse.ArgumentParser(description=description)
    if threads:
        options.add_argument(
            "--threads", type=positive, default=processors(), metavar="N", help="threads to compute with (default: all)"
        )
    options.add_argument("--seed", type=int, default=0, help="seed of weights and inputs (default: 0)")
    options.add_argument("--markdown", action="store_true", help="print tables in Markdown")
    return options


def positive(text: str) -> int:
    """A whole number of at least 1, for ``type=``."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def positive_seconds(text: str) -> float:
    """A number above 0, for ``type=``."""
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return seconds
