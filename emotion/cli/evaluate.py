"""The command that evaluates weights on labelled faces."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path

from emotion.cli.answer_table import write_answers
from emotion.cli.command_parser import command_parser
from emotion.cli.errors import printable
from emotion.cli.options import add_data_options, check_seed, load_faces, use_threads
from emotion.cli.output_files import check_extension, check_no_input
from emotion.cli.progress import progress
from emotion.confusion_figure import draw_confusion
from emotion.datasets import FaceDataset
from emotion.datasets.parts import FOR_TEST, split_part
from emotion.errors import InputError
from emotion.evaluation import Evaluation, evaluate
from emotion.files import write_file
from emotion.networks import DEFAULT_NETWORK, NETWORKS
from emotion.recognizer import EmotionRecognizer
from emotion.shipped_weights import shipped_weights


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0. Raises InputError for invalid input."""
    parser = _parser()
    add_data_options(parser)
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser.parse_args(argv)
    use_threads(arguments.threads)
    check_seed("--seed", arguments.seed)
    check_seed("--train-seed", arguments.train_seed)
    _check_files(arguments)
    with redirect_stdout(sys.stderr) if arguments.as_json else nullcontext():
        weights = arguments.weights or shipped_weights(arguments.network or DEFAULT_NETWORK)
        recognizer = EmotionRecognizer.load(weights)
        print(f"{printable(weights)}: weights of the network {recognizer.metadata.network}")
        faces = load_faces(arguments.data, arguments, recognizer.metadata.input_size, parts=FOR_TEST)
        train = _training_faces(arguments, faces.size) if arguments.train else None
        evaluation = evaluate(
            recognizer, faces, train, arguments.slices, arguments.seed, progress("changing and classifying faces")
        )
    if arguments.as_json:
        print(json.dumps(_described(evaluation, recognizer, weights, faces, arguments, argv), allow_nan=False))
    else:
        print("\n" + evaluation.to_text())
    if arguments.figure:
        title = f"{faces.name}, weights {weights.name}"
        write_file(arguments.figure, draw_confusion(evaluation.figures, printable(title)).encode())
    if arguments.csv:
        write_answers(arguments.csv, faces, evaluation)
    for file in filter(None, (arguments.figure, arguments.csv)):
        print(f"\nsaved {printable(file)}", file=sys.stderr if arguments.as_json else sys.stdout)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        description="Evaluate weights on labelled faces: accuracy, macro recall, per-emotion metrics, confusion "
        "matrix, calibration. docs/evaluation.md explains the figures."
    )
    parser.add_argument(
        "--data", nargs="+", required=True, metavar="PATH", help="labelled faces; 'drawn' generates them"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--weights", type=Path, metavar="FILE", help="trained weights, .npz (default: the included ones)"
    )
    which.add_argument(
        "--network",
        choices=NETWORKS,
        help=f"evaluate the included weights of this network (default: {DEFAULT_NETWORK})",
    )
    parser.add_argument(
        "--train",
        nargs="+",
        metavar="PATH",
        help="the faces that the weights were trained on: count the test faces that are among them, and evaluate the "
        "others separately",
    )
    parser.add_argument(
        "--train-seed", type=int, default=0, metavar="SEED", help="seed of drawn faces in --train (default: 0)"
    )
    parser.add_argument(
        "--slices", action="store_true", help="evaluate by brightness, sharpness, framing and orientation, too"
    )
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print one JSON object, and everything else on stderr"
    )
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw the confusion matrix (.svg)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write a table with a row for each face (.csv)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of drawn faces, and of the resampling for the intervals (default: 0)"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="number of threads (default: all processors)")
    return parser


def _check_files(arguments: argparse.Namespace) -> None:
    """Raise InputError unless figure and table can be written, and replace no data, before anything takes long."""
    for option, path, extension in (("--figure", arguments.figure, ".svg"), ("--csv", arguments.csv, ".csv")):
        if path is None:
            continue
        if path.is_dir():
            raise InputError(f"{option} {path}: a folder; give the name of a file in it")
        check_extension(option, path, extension)
        if not path.parent.is_dir():
            raise InputError(f"{option} {path}: there is no folder {path.parent}; create it first")
    check_no_input([arguments.csv], [split_part(path)[0] for path in [*arguments.data, *(arguments.train or [])]])


def _training_faces(arguments: argparse.Namespace, size: int) -> FaceDataset:
    """Load all faces that training with these data may have used, whatever its rule for votes."""
    arguments = argparse.Namespace(**vars(arguments) | {"seed": arguments.train_seed})
    return load_faces(arguments.train, arguments, size, votes="distribution")


def _described(
    evaluation: Evaluation,
    recognizer: EmotionRecognizer,
    weights: Path,
    faces: FaceDataset,
    arguments: argparse.Namespace,
    argv: Sequence[str],
) -> dict[str, object]:
    """Return the figures with what they were measured on and how."""
    metadata = recognizer.metadata.to_dict()
    facts = ("network", "command", "prior_share", "temperature", "min_confidence")
    return {
        **evaluation.to_dict(),
        "data": {"name": faces.name, "paths": arguments.data},
        "train": arguments.train,
        "weights": {"file": str(weights)} | {fact: metadata[fact] for fact in facts},
        "command": shlex.join(["python", "scripts/evaluate.py", *argv]),
    }
