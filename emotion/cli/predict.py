"""The command that recognises emotions in pictures: its arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from emotion.cli.messages import run


def main(argv: Sequence[str] | None = None) -> int:
    """The command ``emotion-predict``; returns its exit status: 0, or 2 when a picture could not be used."""
    arguments = _parser().parse_args(argv)

    def predict() -> int:
        from emotion.cli.prediction import predict_pictures

        return predict_pictures(**vars(arguments))

    return run(predict)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Find the faces in pictures, recognise their emotions and save annotated copies."
    )
    parser.add_argument(
        "-p",
        "--picture",
        dest="paths",
        nargs="+",
        type=Path,
        default=[Path("data/test")],
        metavar="PATH",
        help="picture files, or folders of them (default: every picture in data/test)",
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="a trained network, .npz (default: the shipped one)"
    )
    parser.add_argument(
        "--min-score", type=float, metavar="SCORE", help="the lowest score a face may be found with; more is stricter"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where annotated copies go (default: beside each picture)"
    )
    parser.add_argument("--no-save", dest="save", action="store_false", help="save no annotated copies")
    parser.add_argument("--show", action="store_true", help="show each annotated picture in a window")
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print a line of JSON a picture, with all probabilities"
    )
    return parser
