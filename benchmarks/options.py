"""The options that all benchmarks share, and how they are read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from benchmarks.machine import processors


def parser(
    program: str, description: str, packages: Sequence[str] = (), threads: bool = True
) -> argparse.ArgumentParser:
    """A parser with ``--seed``, ``--markdown`` and, if wanted, ``--threads``.

    program: the module, as in ``python -m PROGRAM``. packages: distributions, besides NumPy and Numba, whose versions
    matter to the figures.
    """
    options = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    if threads:
        options.add_argument(
            "--threads", type=positive, default=processors(), metavar="N", help="threads to compute with (default: all)"
        )
    options.add_argument("--seed", type=at_least(0), default=0, help="seed of weights and inputs (default: 0)")
    options.add_argument(
        "--markdown",
        action="store_true",
        help="also write the tables into README.md and docs/, where these mark a place",
    )
    given = [word for word in sys.argv[1:] if word != "--markdown"]
    options.set_defaults(packages=tuple(packages), command=" ".join([options.prog, *given]))
    return options


def at_least(least: int) -> Callable[[str], int]:
    """A function that reads an integer of at least ``least``, for ``type=``."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    return number


positive = at_least(1)


def positive_seconds(text: str) -> float:
    """Read a number above 0, for ``type=``."""
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return seconds
