"""Options shared by the commands that recognise faces in pictures."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from emotion.errors import InputError
from emotion.networks import DEFAULT_NETWORK, NETWORKS


def add_recognition_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the network and the thresholds."""
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--network",
        choices=NETWORKS,
        help=f"network whose included weights to use (default: {DEFAULT_NETWORK})",
    )
    weights.add_argument("--weights", type=Path, metavar="FILE", help="other weights, .npz")
    parser.add_argument(
        "--min-score",
        type=float,
        metavar="SCORE",
        help="minimum detection score of a face (default: 1.25; typical: 0, which finds more faces and more that are "
        "none, to 2.5, which finds only clear frontal ones)",
    )
    parser.add_argument(
        "--min-confidence",
        type=float,
        metavar="P",
        help="probability, 0 to 1, below which an emotion is shown as uncertain (default: the one stored with the "
        "weights; typical: 0.4 to 0.7; 0: never)",
    )


def thresholds(arguments: argparse.Namespace) -> tuple[float, float | None]:
    """Return the minimum score and confidence that were given. Raises InputError for one that is out of its range."""
    from emotion.detection import MIN_SCORE

    min_confidence = arguments.min_confidence
    min_score = MIN_SCORE if arguments.min_score is None else arguments.min_score
    if not math.isfinite(min_score):
        raise InputError(f"--min-score is {min_score}; it must be a number, such as {MIN_SCORE}")
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise InputError(f"--min-confidence is {min_confidence}; it must be between 0 and 1")
    return min_score, min_confidence
