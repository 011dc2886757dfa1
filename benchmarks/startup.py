"""Measure start-up times: one prediction in a new process, and the first progress messages of a training.

Durations are wall times of whole processes, from start to exit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import options
from benchmarks.machine import describe, processors
from benchmarks.peers.predict import EAGER
from benchmarks.processes import command, output_of
from benchmarks.tables import show
from benchmarks.terminal import first_appearances
from emotion.cli.errors import run
from emotion.networks.original import build_network
from emotion.pictures import write_picture
from emotion.synthetic import draw_scene
from npcnn import save_weights

_SIZE = (640, 480)
_MILESTONES = {
    "first progress bar": "drawing faces",
    "compilation message": "compil",
    "first training step done": "loss",
}
"""Milestones of train.py without data, and the output that shows that they are reached."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print the tables and return the exit status: 0, or 2 if a process fails."""
    parser = options.parser(
        "benchmarks.startup", __doc__.splitlines()[0], ("opencv-python", "tensorflow", "torch"), threads=False
    )
    parser.add_argument("--runs", type=options.positive, default=5, metavar="N", help="runs of each kind (default: 5)")
    arguments = parser.parse_args(argv)
    return run(lambda: _measure(arguments))


def _measure(arguments: argparse.Namespace) -> int:
    print(describe(processors(), arguments.seed, arguments.packages), flush=True)
    with tempfile.TemporaryDirectory() as name:
        cases = _predictions(Path(name), arguments.seed)
        predictions: dict[str, list[float]] = {title: [] for title in cases}
        training: dict[str, list[float]] = {milestone: [] for milestone in _MILESTONES}
        for case in cases.values():
            case(Path(name, "cache"))  # fills the kernel cache and the operating system's file cache
        for number in range(arguments.runs):
            for title, case in cases.items():
                predictions[title].append(case(Path(name, f"empty{number}")))
            for milestone, seconds in _train(Path(name, f"training{number}")).items():
                training[milestone].append(seconds)
    print(f"\none picture of {_SIZE[0]} x {_SIZE[1]} pixels: seconds per process")
    show("startup-prediction", *_table(predictions), arguments)
    print("\ntrain.py without data and without cached kernels: seconds since its start")
    show("startup-training", *_table(training), arguments)
    return 0


def _predictions(folder: Path, seed: int) -> dict[str, Callable[[Path], float]]:
    """Return ways to predict one picture: functions from an empty kernel cache folder to seconds, by title."""
    rng = np.random.default_rng(seed)
    picture, weights, cache = folder / "picture.png", folder / "weights.npz", folder / "cache"
    write_picture(picture, draw_scene(rng, ["happy"], _SIZE)[0])
    save_weights(build_network(rng), weights)
    ours = command("predict.py", "-p", picture, "--no-save", "--weights", weights)
    cases = {
        "predict.py, kernels cached": lambda empty: _seconds(ours, cache),
        "predict.py, empty cache": lambda empty: _seconds(ours, empty),
    }
    for name, contender in EAGER.items():
        if missing := contender.missing():
            print(f"skipped: {contender.title}: {' and '.join(missing)} not installed", flush=True)
        else:
            line = command("benchmarks.peers.predict", name, picture, weights)
            cases[contender.title] = lambda empty, line=line: _seconds(line, cache)
    return cases


def _seconds(line: list[str], kernel_cache: Path) -> float:
    started = time.perf_counter()
    output_of(line, NUMBA_CACHE_DIR=kernel_cache)
    return time.perf_counter() - started


def _train(folder: Path) -> dict[str, float]:
    """Start a training with an empty kernel cache; returns the time of each milestone, in seconds."""
    line = command("train.py", "--run", folder / "run")
    seconds = first_appearances(line, list(_MILESTONES.values()), NUMBA_CACHE_DIR=folder / "kernels")
    return dict(zip(_MILESTONES, seconds, strict=True))


def _table(runs: dict[str, list[float]]) -> tuple[list[str], list[list[str]]]:
    rows = [
        [title, *(f"{figure(seconds):.2f}" for figure in (statistics.median, min, max))]
        for title, seconds in runs.items()
    ]
    return ["", "median", "min", "max"], rows


if __name__ == "__main__":
    sys.exit(main())
