"""The command that evaluates weights on labelled faces."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from emotion.cli.options import add_data_options, load_faces, use_threads
from emotion.metrics import format_report, report
from emotion.recognizer import EmotionRecognizer


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0. Raises InputError for invalid input."""
    parser = _parser()
    add_data_options(parser)
    arguments = parser.parse_args(argv)
    use_threads(arguments.threads)
    recognizer = EmotionRecognizer.load(arguments.weights)
    faces = load_faces(arguments.data, arguments, recognizer.metadata.input_size)
    predictions = recognizer.classify(faces.faces).argmax(axis=1)
    print("\n" + format_report(report(faces.labels, predictions)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Evaluate weights on labelled faces: accuracy, macro recall, per-emotion metrics, confusion matrix."
    )
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="PATH", help="labelled faces; 'drawn' generates them"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="trained weights, .npz (default: the included ones)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of drawn faces (default: 0)")
    parser.add_argument("--threads", type=int, metavar="N", help="number of threads (default: all processors)")
    return parser
