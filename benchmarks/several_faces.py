"""Measure how much longer the predict command takes for a picture with ten faces than for one with a single face.

Faces of a data set are put into a few cells of a grid of drawn backgrounds. Durations are wall times of whole
processes, from start to exit.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import scenes
from benchmarks.processes import command, output_of
from benchmarks.scenes import SIZE, Picture, picture_of
from benchmarks.tables import text_table
from emotion.cli.options import load_faces
from emotion.detection import find_faces
from emotion.pictures import write_picture
from emotion.synthetic.scene import draw_background

_ROWS, _COLUMNS = 3, 4
_FACES = 10


def main() -> None:
    """Print the seconds for each number of faces, and the differences."""
    arguments = scenes.parser("benchmarks.several_faces", __doc__, pictures=10).parse_args()
    rng = np.random.default_rng(arguments.seed)
    faces = load_faces(arguments.data, arguments).faces
    if len(faces) < _FACES:
        raise SystemExit(f"there are only {len(faces)} faces; give {_FACES} or more with --data")
    seconds = np.empty((arguments.pictures, 2))
    with tempfile.TemporaryDirectory() as folder:
        options = ["--weights", Path(arguments.weights).absolute()] if arguments.weights else []
        line = command("predict.py", "-p", Path(folder, "picture.png"), *options)
        for row in seconds:
            for column, number in enumerate((1, _FACES)):
                write_picture(Path(folder, "picture.png"), _picture(faces, number, rng))
                started = time.perf_counter()
                output_of(line)
                row[column] = time.perf_counter() - started
    one, ten = seconds.T
    rows = [
        [title, *(f"{figure(values):.2f}" for figure in (statistics.median, min, max))]
        for title, values in (("1 face", one), (f"{_FACES} faces", ten), ("difference", ten - one))
    ]
    width, height = _COLUMNS * SIZE[0], _ROWS * SIZE[1]
    print(f"\n{arguments.pictures} pictures of {width} x {height} pixels each: seconds per process")
    print(text_table(["", "median", "min", "max"], rows))


def _picture(faces: NDArray[np.uint8], number: int, rng: np.random.Generator) -> Picture:
    """Draw a picture in which the cascade finds as many faces as there are in it."""
    while True:
        cells = [picture_of(face, rng) for face in rng.permutation(faces)[:number]]
        cells += [_background(rng) for _ in range(_ROWS * _COLUMNS - number)]
        picture = np.vstack([np.hstack(cells[row::_ROWS]) for row in range(_ROWS)])
        if len(find_faces(picture)) == number:
            return picture


def _background(rng: np.random.Generator) -> Picture:
    return np.clip(draw_background(rng, SIZE).mean(axis=2), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
