"""Measure how time and peak memory grow with training images, batch size, threads and pictures in a folder.

Each measurement runs in a child process. This module imports nothing large, because a child inherits its memory.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import options
from benchmarks.machine import describe
from benchmarks.prediction import PARTS, predict_folder
from benchmarks.processes import command, output_of
from benchmarks.tables import show
from emotion.cli.errors import run

FULL = {
    "images": [1000, 3000, 10_000, 30_000],
    "batch_sizes": [1, 10, 64, 256, 1024],
    "pictures": [100, 1000, 10_000],
}
QUICK = {"images": [500, 1000, 2000], "batch_sizes": [10, 64, 256], "pictures": [20, 40]}

Table = tuple[list[str], list[list[str]]]
"""Header and rows."""

_BATCH_SIZE = 64
_IMAGES = {False: 4000, True: 1000}  # images when batch size or threads vary; the key is whether --quick is given
_DRAWN = 12  # number of different pictures in a folder


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print a table per part and return the exit status: 0, or 2 if a process fails."""
    arguments = _parser().parse_args(argv)
    sizes = {
        name: getattr(arguments, name) or default for name, default in (QUICK if arguments.quick else FULL).items()
    }
    images, threads = _IMAGES[arguments.quick], arguments.threads
    parts = {
        "images": [(size, size, _BATCH_SIZE, threads) for size in sizes["images"]],
        "batch-size": [(size, images, size, threads) for size in sizes["batch_sizes"]],
        "threads": [(number, images, _BATCH_SIZE, number) for number in range(1, threads + 1)],
    }

    def scale() -> int:
        print(describe(threads, arguments.seed, arguments.packages), flush=True)
        _train_jobs("", [(0, _BATCH_SIZE, _BATCH_SIZE, threads)], arguments)  # fills the kernel cache
        for part in arguments.parts:
            if part == "folder":
                result = _folders(sizes["pictures"], threads, arguments.seed)
            else:
                result = _train_jobs(part, parts[part], arguments)
            print()
            show(f"scale-{part}", *result, arguments)
        return 0

    return run(scale)


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("benchmarks.scale", __doc__.splitlines()[0], ("opencv-python",))
    parts = ["images", "batch-size", "threads", "folder"]
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts, help="quantities to vary (default: all)")
    parser.add_argument("--images", nargs="+", type=options.positive, metavar="N", help="training set sizes")
    parser.add_argument("--batch-sizes", nargs="+", type=options.positive, metavar="N")
    parser.add_argument("--pictures", nargs="+", type=options.positive, metavar="N", help="folder sizes")
    parser.add_argument("--quick", action="store_true", help="use smaller default sizes")
    return parser


def _train_jobs(part: str, jobs: list[tuple[int, int, int, int]], arguments: argparse.Namespace) -> Table:
    """Return a table with one row per job; a job is (label, images, batch size, threads)."""
    rows = []
    for label, images, batch_size, threads in jobs:
        line = command("benchmarks.jobs", "train", images, batch_size, threads, arguments.seed)
        result = json.loads(output_of(line))
        seconds = result["seconds"]
        rows.append([str(label), f"{seconds:.2f}", f"{1e6 * seconds / images:.0f}", _megabytes(result["peak"])])
    return [part, "seconds per epoch", "us per image", "peak MB"], rows


def _folders(sizes: list[int], workers: int, seed: int) -> Table:
    """Return a table with one row per folder; its last columns show whether memory grows with the pictures."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        drawn = Path(name)
        output_of(command("benchmarks.jobs", "prepare", drawn, _DRAWN, seed))
        for size in sizes:
            use = predict_folder(drawn, size, workers)
            per_picture = f"{1e3 * use.seconds / size:.1f}"
            peaks = map(_megabytes, use.peaks)
            rows.append([str(size), str(use.bad), str(use.wrong), f"{use.seconds:.2f}", per_picture, *peaks])
    peaks = [f"peak MB to {part:.0%}" for part in PARTS]
    return ["pictures", "damaged", "wrong", "seconds", "ms per picture", *peaks], rows


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f}"


if __name__ == "__main__":
    sys.exit(main())
