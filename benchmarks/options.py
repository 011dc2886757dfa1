"""The options that all benchmarks have, and how they are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks.machine import processors


def parser(description: str, threads: bool = True) -> argparse.ArgumentParser:
    """A parser with ``--seed``, ``--markdown`` and, if wanted, ``--threads``."""
    options = argparse.ArgumentParser(description=description)
    if threads:
        options.add_argument(
            "--threads", type=positive, default=processors(), metavar="N", help="threads to compute with (default: all)"
        )
    options.add_argument("--seed", type=at_least(0), default=0, help="seed of weights and inputs (default: 0)")
    options.add_argument("--markdown", action="store_true", help="print tables in Markdown")
    return options


def at_least(least: int) -> Callable[[str], int]:
    """What reads a whole number of at least so much, for ``type=``."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    return number


positive = at_least(1)


def positive_seconds(text: str) -> float:
    """A number above 0, for ``type=``."""
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return seconds
