"""The command that fits the calibration of weights to labelled faces."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.calibration import calibrated, expected_calibration_error
from emotion.cli.command_parser import command_parser
from emotion.cli.errors import print_warning, printable
from emotion.cli.options import add_data_options, check_seed, load_faces, use_threads
from emotion.cli.weights_output import check_weights_output
from emotion.datasets import FaceDataset
from emotion.datasets.overlap import find_overlap
from emotion.datasets.parts import FOR_VALIDATION
from emotion.errors import InputError
from emotion.metadata import Metadata
from emotion.metrics import report
from emotion.recognizer import EmotionRecognizer
from emotion.training.data import class_shares
from emotion.training.recipe import Recipe


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0. Raises InputError for invalid input."""
    parser = _parser()
    add_data_options(parser)
    arguments = parser.parse_args(argv)
    use_threads(arguments.threads)
    check_seed("--seed", arguments.seed)
    output = arguments.output or arguments.weights
    check_weights_output(output, arguments.overwrite)
    if arguments.balance is not None and not arguments.train:
        raise InputError("--balance says how --train was oversampled; give --train PATH, too")
    recognizer = EmotionRecognizer.load(arguments.weights)
    size = recognizer.metadata.input_size
    train = load_faces(arguments.train, arguments, size) if arguments.train else None
    metadata = _with_class_shares(recognizer.metadata, train, arguments)
    faces = load_faces(arguments.data, arguments, size, votes="majority", parts=FOR_VALIDATION)
    if train is not None:
        faces = _not_trained_on(faces, train)
    logits = recognizer.logits(faces.faces)
    before, recognizer.metadata = recognizer.metadata, calibrated(metadata, logits, faces.labels)
    print("\n" + _format_comparison(before, recognizer.metadata, logits, faces.labels))
    recognizer.save(output)
    print(f"\nsaved {printable(output)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        description="Fit prior correction, temperature and the threshold of uncertain answers to labelled faces that "
        "the weights were not trained on, and store them with the weights. --votes only matters for --train."
    )
    parser.add_argument("weights", type=Path, metavar="WEIGHTS", help="the weights to calibrate, .npz")
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="PATH", help="labelled faces to fit to; 'drawn' generates them"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="weights to write, .npz (default: replace WEIGHTS)")
    parser.add_argument("--overwrite", action="store_true", help="allow to replace the included weights")
    parser.add_argument(
        "--train",
        nargs="+",
        metavar="PATH",
        help="compute the class shares that the prior correction needs from the faces that the weights were trained on "
        "(default: use those stored with the weights), and leave out the faces that are among them",
    )
    parser.add_argument(
        "--balance",
        type=float,
        metavar="STRENGTH",
        help=f"the strength of oversampling in that training (default: {Recipe.balance})",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of drawn faces (default: 0)")
    parser.add_argument("--threads", type=int, metavar="N", help="number of threads (default: all processors)")
    return parser


def _not_trained_on(faces: FaceDataset, train: FaceDataset) -> FaceDataset:
    """Return the faces that do not occur in training, with a warning about the others.

    Raises InputError if there are none.
    """
    seen = find_overlap(faces, train).any
    if seen.all():
        raise InputError("--data: the weights were trained on all of these faces (--train); calibrate on others")
    if seen.any():
        print_warning(f"left out {seen.sum()} of {len(faces)} faces, as they were seen in training (--train)")
    return faces.take(~seen)


def _with_class_shares(metadata: Metadata, train: FaceDataset | None, arguments: argparse.Namespace) -> Metadata:
    if train is not None:
        balance = Recipe.balance if arguments.balance is None else arguments.balance
        return replace(metadata, class_shares=class_shares(train, balance))
    if len(set(metadata.class_shares)) == 1:
        print_warning(
            f"{arguments.weights}: its class shares are equal, so there is no prior to correct; if emotions were not "
            "equally frequent in the training, give its faces with --train"
        )
    return metadata


def _format_comparison(
    before: Metadata, after: Metadata, logits: NDArray[np.float32], labels: NDArray[np.int64]
) -> str:
    """Format the settings, and the figures that they lead to on the faces that they were fitted to."""
    rows = [(f"on these {len(labels)} faces", "before", "after")]
    columns = []
    for metadata in (before, after):
        probabilities = metadata.probabilities(logits)
        figures = report(labels, probabilities.argmax(axis=1))
        columns.append(
            {
                "accuracy": f"{figures.accuracy:.1%}",
                "macro recall": f"{figures.macro_recall:.1%}",
                "expected calibration error": f"{expected_calibration_error(probabilities, labels):.1%}",
                "uncertain answers": f"{np.mean(probabilities.max(axis=1) < metadata.min_confidence):.1%}",
                "prior share": f"{metadata.prior_share:.3g}",
                "temperature": f"{metadata.temperature:.3g}",
                "uncertain below": f"{metadata.min_confidence:.0%}",
            }
        )
    rows += [(name, columns[0][name], columns[1][name]) for name in columns[0]]
    return "\n".join(f"{name:<30}{first:>10}{second:>10}" for name, first, second in rows)
