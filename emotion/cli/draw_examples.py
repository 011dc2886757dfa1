"""The command that draws the example pictures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from emotion.cli.messages import run


def main(argv: Sequence[str] | None = None) -> int:
    """Write the example pictures into a folder; returns the exit status: 0, or 2 when that can't be done."""
    parser = argparse.ArgumentParser(description="Draw the example pictures, each named for the emotion it shows.")
    parser.add_argument(
        "--output", type=Path, default=Path("data/test"), metavar="FOLDER", help="where to (default: data/test)"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same pictures (default: 0)")
    arguments = parser.parse_args(argv)
    return run(lambda: _write_examples(arguments.output, arguments.seed))


def _write_examples(folder: Path, seed: int) -> int:
    from emotion.datasets.drawn.examples import draw_examples
    from emotion.pictures import write_picture

    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in draw_examples(seed).items():
        path = folder / f"{name}.png"
        write_picture(path, picture)
        print(path)
    return 0
