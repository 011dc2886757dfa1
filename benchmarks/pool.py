"""Measure how much faster several workers process pictures than one: recognise, annotate and save."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import options
from benchmarks.machine import describe, processors
from benchmarks.tables import show
from emotion.cli.copies import name_copies
from emotion.cli.errors import run
from emotion.cli.inputs import PictureInput
from emotion.cli.processing import PictureTask
from emotion.detection import MIN_SCORE
from emotion.labels import EMOTIONS
from emotion.pictures import write_picture
from emotion.pool import map_in_processes
from emotion.recognizer import EmotionRecognizer
from emotion.synthetic import draw_scene

_SIZES = (640, 480), (800, 600), (1024, 768), (1280, 960)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print the table and return the exit status."""
    parser = options.parser("benchmarks.pool", __doc__.splitlines()[0], ("opencv-python",), threads=False)
    parser.add_argument("--pictures", type=options.positive, default=200, metavar="N", help="number (default: 200)")
    parser.add_argument("--rounds", type=options.positive, default=5, metavar="N", help="parts of them (default: 5)")
    arguments = parser.parse_args(argv)

    def measure() -> int:
        print(describe(processors(), arguments.seed, arguments.packages), flush=True)
        with tempfile.TemporaryDirectory() as name:
            jobs = _draw(Path(name), arguments.pictures, arguments.seed)
            show("pool", *_compare([jobs[part :: arguments.rounds] for part in range(arguments.rounds)]), arguments)
        return 0

    return run(measure)


def _draw(folder: Path, pictures: int, seed: int) -> list[tuple[PictureInput, Path | None]]:
    """Draw scenes of one to three people; returns each with the path of its annotated copy."""
    rng = np.random.default_rng(seed)
    inputs = []
    for number in range(pictures):
        people = rng.integers(0, len(EMOTIONS), 1 + number % 3)
        path = folder / f"{number:04}.jpg"
        write_picture(path, draw_scene(rng, people, _SIZES[number % len(_SIZES)])[0])
        inputs.append(PictureInput(path, Path(path.name)))
    return list(zip(inputs, name_copies(inputs, folder / "annotated"), strict=True))


def _compare(rounds: list[list[tuple[PictureInput, Path | None]]]) -> tuple[list[str], list[list[str]]]:
    """Process the pictures of each round in every way, in turn; returns a table with a row for each way."""
    task = PictureTask(EmotionRecognizer.load(), MIN_SCORE, None)
    ways: dict[str, Callable[[list], object]] = {"this process, with OpenCV's threads": lambda jobs: map(task, jobs)}
    for workers in sorted({1, 2, processors()}):
        name = f"{workers} worker{'s' * (workers > 1)}"
        ways[name] = lambda jobs, workers=workers: map_in_processes(task, jobs, workers)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    task(rounds[0][0])  # loads what is loaded once
    for jobs in rounds:
        for way, process in ways.items():
            started = time.perf_counter()
            list(process(jobs))
            seconds[way].append(time.perf_counter() - started)
        print(", ".join(f"{way}: {times[-1]:.1f} s" for way, times in seconds.items()), flush=True)
    pictures, one = sum(map(len, rounds)), seconds["1 worker"]
    rows = []
    for way, times in seconds.items():
        ratios = [alone / time for alone, time in zip(one, times, strict=True)]
        rate = f"{pictures / sum(times):.2f}"
        rows.append([way, rate, f"{median(ratios):.2f}", f"{min(ratios):.2f}", f"{max(ratios):.2f}"])
    return ["", "pictures per second", "to 1 worker", "least", "most"], rows


if __name__ == "__main__":
    sys.exit(main())
