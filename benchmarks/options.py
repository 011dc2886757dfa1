"""Command-line options shared by all benchmarks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from benchmarks.machine import processors


def parser(
    program: str, description: str, packages: Sequence[str] = (), threads: bool = True
) -> argparse.ArgumentParser:
    """Create a parser with ``--seed``, ``--markdown`` and, if requested, ``--threads``.

    program: the module name, as in ``python -m PROGRAM``.
    packages: distributions, besides NumPy and Numba, whose versions are reported.
    """
    options = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    if threads:
        options.add_argument(
            "--threads",
            type=positive,
            default=processors(),
            metavar="N",
            help="number of threads (default: all processors)",
        )
    options.add_argument("--seed", type=at_least(0), default=0, help="seed of weights and inputs (default: 0)")
    options.add_argument(
        "--markdown",
        action="store_true",
        help="also write the tables between their marks in README.md and docs/",
    )
    words = [word for word in sys.argv[1:] if word != "--markdown"]
    options.set_defaults(packages=tuple(packages), command=" ".join([options.prog, *words]))
    return options


def at_least(minimum: int) -> Callable[[str], int]:
    """Return a function that parses an integer of at least ``minimum``, for ``type=``."""

    def number(text: str) -> int:
        value = int(text)
        if value < minimum:
            raise argparse.ArgumentTypeError(f"{value} is less than {minimum}")
        return value

    return number


positive = at_least(1)


def positive_seconds(text: str) -> float:
    """Parse a positive number, for ``type=``."""
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return seconds
