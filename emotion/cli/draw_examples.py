"""The command that draws the example pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emotion.cli.command_parser import command_parser
from emotion.cli.errors import printable
from emotion.pictures import write_picture
from emotion.synthetic.loader import draw_examples


def main(argv: Sequence[str] | None = None) -> int:
    """Write the example pictures into a folder and return the exit status, 0."""
    parser = command_parser(description="Draw the example pictures, each named after the emotion it shows.")
    parser.add_argument(
        "--output", type=Path, default=Path("data/test"), metavar="FOLDER", help="output folder (default: data/test)"
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same pictures (default: 0)")
    arguments = parser.parse_args(argv)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, picture in draw_examples(arguments.seed).items():
        path = arguments.output / f"{name}.png"
        write_picture(path, picture)
        print(printable(path))
    return 0
