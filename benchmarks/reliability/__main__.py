"""Damage files, kill trainings, predict in many threads, break the machine; count what goes wrong: nothing should."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import options
from benchmarks.machine import describe, processors
from benchmarks.reliability.concurrency import mixed, threads
from benchmarks.reliability.faults import faults
from benchmarks.reliability.kills import killed_trainings
from benchmarks.reliability.mutations import mutated_checkpoints, mutated_pictures, mutated_weights
from benchmarks.tables import show

_PARTS: dict[str, tuple[Callable[[int, int], list[str]], int]] = {
    "pictures": (mutated_pictures, 5000),
    "weights": (mutated_weights, 1000),
    "checkpoints": (mutated_checkpoints, 1000),
    "kills": (killed_trainings, 50),
    "threads": (threads, 2000),
    "mixed": (mixed, 4800),
    "faults": (faults, 56),
}
"""Each part: a function of the number of trials and the seed that returns the cells of its row, and that number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts, print the table and return the exit status: 0, or 1 if anything went wrong."""
    parser = options.parser("benchmarks.reliability", __doc__.splitlines()[0], ("opencv-python",), threads=False)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=list(_PARTS), help="parts to run (default: all)")
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials to run (default: 1)")
    arguments = parser.parse_args(argv)
    print(describe(processors(), arguments.seed, arguments.packages), flush=True)
    rows = []
    for part in arguments.parts:
        started = time.perf_counter()
        run, trials = _PARTS[part]
        rows.append([part, *run(max(1, round(trials * arguments.share)), arguments.seed)])
        print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)
    show(
        "reliability",
        ["part", "trials", "used", "refused in a line", "wrong", "slowest", "most memory"],
        rows,
        arguments,
    )
    return int(any(row[4] != "0" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
