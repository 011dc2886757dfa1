"""The command that trains the network on labelled faces, evaluates it and saves its weights."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.calibration import calibrated
from emotion.cli.config import with_config
from emotion.cli.locks import locked
from emotion.cli.options import (
    DRAWN,
    add_data_options,
    check_seed,
    load_faces,
    paths_with_test_part,
    use_threads,
)
from emotion.cli.progress import TrainingProgress, compiling
from emotion.cli.weights_output import check_weights_output
from emotion.datasets import FaceDataset
from emotion.datasets.parts import FOR_TEST, FOR_VALIDATION
from emotion.datasets.splits import held_out, original_split, subject_folds, unseen
from emotion.errors import InputError
from emotion.metadata import Metadata
from emotion.metrics import format_report, format_spread, report
from emotion.networks import NETWORKS, input_shape
from emotion.preprocessing import prepare_faces
from emotion.recognizer import EmotionRecognizer
from emotion.training.data import class_shares
from emotion.training.recipe import Recipe
from npcnn import summary
from npcnn.training.compilation import compile_training

SPLITS = ("held-out", "folds", "original", "none")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0.

    Raises InputError for invalid arguments or data, and DivergenceError if the training diverges.
    """
    parser = _parser()
    add_data_options(parser)
    argv = with_config(parser, sys.argv[1:] if argv is None else argv)
    arguments = parser.parse_args(argv)
    arguments.command = _reproducing(argv)
    return train_on_faces(arguments)


def _reproducing(argv: Sequence[str]) -> str:
    """Return the command with these arguments, except for those that do not change the weights."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--output")
    parser.add_argument("--threads")
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--resume", action="store_true")
    _, rest = parser.parse_known_args(argv)
    return shlex.join(["python", "scripts/train.py", *rest])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Train the emotion network, evaluate it on unseen faces, and save its weights.",
        allow_abbrev=False,  # as in a configuration file
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="read options from a TOML file (see configs/)")
    parser.add_argument(
        "--network", choices=NETWORKS, default="original", help="the network to train (default: original)"
    )
    parser.add_argument(
        "--pretrained", type=Path, metavar="FILE", help="begin with these weights (.npz) instead of random ones"
    )
    parser.add_argument(
        "--data",
        nargs="+",
        metavar="PATH",
        help="labelled faces, or 'drawn' (the default)",
    )
    parser.add_argument(
        "--test", nargs="+", metavar="PATH", help="evaluate on these faces instead of a part of the data"
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        help="test set: held-out subjects, cross-validation by subject, 197 of 981 images at random as in the original "
        "work, or none (default: the test part of the data if they have one, otherwise held-out)",
    )
    parser.add_argument(
        "--calibrate",
        nargs="+",
        metavar="PATH",
        help="fit prior correction, temperature and the threshold of uncertain answers to these faces",
    )
    parser.add_argument("--share", type=float, default=0.2, help="share of the subjects to hold out (default: 0.2)")
    parser.add_argument("--folds", type=int, default=10, help="folds of cross-validation (default: 10)")
    parser.add_argument(
        "--output", type=Path, default=Path("runs/emotion.npz"), metavar="FILE", help="weights to write (.npz)"
    )
    parser.add_argument("--overwrite", action="store_true", help="allow --output to replace the included weights")
    parser.add_argument("--resume", action="store_true", help="resume an interrupted run with the same --output")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument("--threads", type=int, metavar="N", help="number of threads (default: all processors)")
    recipe = parser.add_argument_group(
        "recipe", "hyperparameters; see `emotion.training.recipe.Recipe` for the defaults"
    )
    for name, kind in (
        ("epochs", int),
        ("batch-size", int),
        ("learning-rate", float),
        ("weight-decay", float),
        ("label-smoothing", float),
        ("balance", float),
        ("average", float),
        ("augmentation", float),
        ("degradation", float),
        ("non-faces", float),
    ):
        recipe.add_argument(f"--{name}", type=kind, default=argparse.SUPPRESS)
    return parser


Pair = tuple[FaceDataset, FaceDataset | None]
"""Training faces and, if any, test faces."""


def train_on_faces(arguments: argparse.Namespace) -> int:
    """Train and evaluate according to the command's arguments and return the exit status.

    Raises InputError for invalid arguments or data, and DivergenceError if the training diverges.
    """
    recipe = _recipe(arguments)
    use_threads(arguments.threads)
    check_seed("--seed", arguments.seed)
    check_weights_output(arguments.output, arguments.overwrite)
    if arguments.split == "folds":  # saves nothing
        return _train_on_faces(arguments, recipe)
    with locked(arguments.output):
        return _train_on_faces(arguments, recipe)


def _train_on_faces(arguments: argparse.Namespace, recipe: Recipe) -> int:
    if arguments.data is None:
        arguments.data = [DRAWN]
        print("training on drawn faces; to use real ones, give --data PATH, where PATH contains a folder per emotion")
        print("or has another layout that docs/data.md describes")
    if arguments.split is None and not arguments.test:
        arguments.test = paths_with_test_part(arguments.data, arguments)
    size = input_shape(recipe.network)[1]
    pretrained = _pretrained(arguments.pretrained, recipe)
    faces = load_faces(arguments.data, arguments, size)
    validation = None
    if arguments.calibrate:
        validation = load_faces(arguments.calibrate, arguments, size, votes="majority", parts=FOR_VALIDATION)
    labels, predictions, figures = [], [], []
    for number, (train, test) in enumerate(_pairs(faces, arguments)):
        if not len(train) or (test is not None and not len(test)):
            kind = "test" if len(train) else "training"
            raise InputError(f"no {kind} faces are left of {len(faces)}; give other faces with --data or --test")
        title = f"fold {number + 1} of {arguments.folds}" if arguments.split == "folds" else "training"
        recognizer = _train(train, recipe, arguments, number, title, pretrained, validation)
        if test is not None:
            labels.append(test.labels)
            predictions.append(recognizer.classify(test.faces).argmax(axis=1))
            figures.append(report(labels[-1], predictions[-1]))
            print(
                f"{title}: accuracy {figures[-1].accuracy:.1%}, macro recall {figures[-1].macro_recall:.1%}", flush=True
            )
    if figures:
        print("\n" + format_report(report(np.concatenate(labels), np.concatenate(predictions))))
    if arguments.split == "folds":
        print("\n" + format_spread(figures) + "\ncross-validation evaluates a recipe; no weights were saved")
        return 0
    print(f"\nsaved {arguments.output}; use it with")
    program = "python scripts/predict.py" if sys.argv[0].endswith(".py") else "emotion-predict"
    print(f"  {program} --weights {arguments.output} -p PICTURE")
    return 0


def _recipe(arguments: argparse.Namespace) -> Recipe:
    chosen = {choice.name: getattr(arguments, choice.name) for choice in fields(Recipe) if choice.name in arguments}
    return Recipe(**chosen)


def _pairs(faces: FaceDataset, arguments: argparse.Namespace) -> Iterator[Pair]:
    """Yield the training and test faces of each network to train."""
    rng = np.random.default_rng(arguments.seed)
    if arguments.test:
        test = load_faces(arguments.test, arguments, faces.size, votes="majority", parts=FOR_TEST)
        train = unseen(faces, test)
        if removed := len(faces) - len(train):
            print(f"left out {removed} of {len(faces)} training faces: the test faces show the same pictures or people")
        yield train, test
    elif arguments.split == "none":
        yield faces, None
    else:
        if arguments.split == "folds":
            splits = subject_folds(faces, arguments.folds, rng)
        elif arguments.split == "original":
            splits = [original_split(faces, rng)]
        else:
            splits = [held_out(faces, arguments.share, rng)]
        for split in splits:
            yield faces.take(split.train), faces.take(split.test)


def _train(
    faces: FaceDataset,
    recipe: Recipe,
    arguments: argparse.Namespace,
    number: int,
    title: str,
    pretrained: dict[str, NDArray] | None,
    validation: FaceDataset | None,
) -> EmotionRecognizer:
    """Train on ``faces``, calibrate on ``validation`` and save; seed and split number determine the random numbers."""
    rng = np.random.default_rng([arguments.seed, number])
    single = arguments.split != "folds"
    checkpoint = arguments.output.with_suffix(".checkpoint.npz") if single else None
    trainer = recipe.trainer(faces, rng, checkpoint, arguments.seed, pretrained)
    if number == 0:
        print(summary(trainer.network, input_shape(recipe.network)))
        print(f"training on {len(faces)} faces", flush=True)
    if arguments.resume and single:
        if arguments.output.exists() and not checkpoint.exists():
            raise InputError(f"{arguments.output}: this training is finished; there is nothing to resume")
        trainer.resume(checkpoint)
    elif single and checkpoint.exists():
        raise InputError(f"{checkpoint}: an interrupted training; continue it with --resume, or delete this file")
    batches = recipe.batches(faces)
    with compiling() as show:
        sample = slice(recipe.batch_size)
        x, targets = prepare_faces(faces.faces[sample], faces.size), faces.targets[sample]
        compile_training(trainer.network, x, targets, trainer.loss, show)
    with TrainingProgress(title, recipe.epochs, len(batches), len(trainer.history), verbose=single) as progress:
        trainer.on_batch, trainer.on_epoch = progress.batch, progress.epoch
        trainer.fit(batches, recipe.epochs)
    metadata = Metadata(
        network=recipe.network,
        input_size=faces.size,
        command=arguments.command,
        class_shares=class_shares(faces, recipe.balance),
    )
    recognizer = EmotionRecognizer(trainer.network, metadata)
    if validation is not None:
        recognizer.metadata = calibrated(metadata, recognizer.logits(validation.faces), validation.labels)
    if single:
        recognizer.save(arguments.output)
        checkpoint.unlink(missing_ok=True)
    return recognizer


def _pretrained(path: Path | None, recipe: Recipe) -> dict[str, NDArray] | None:
    if path is None:
        return None
    recognizer = EmotionRecognizer.load(path)
    if recognizer.metadata.network != recipe.network:
        raise InputError(
            f"--pretrained {path}: these are weights of {recognizer.metadata.network}, not {recipe.network}"
        )
    return recognizer.network.state_dict()
