"""The options of the command that trains, and what follows from them: recipe, configuration, stored command."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from emotion.cli.command_parser import command_parser
from emotion.cli.config import as_settings
from emotion.cli.options import add_data_options
from emotion.errors import InputError
from emotion.networks import NETWORKS
from emotion.training.recipe import Recipe

SPLITS = ("held-out", "folds", "original", "none")

_ELSEWHERE = ("run", "output", "threads")
_SWITCHES = ("overwrite", "resume", "check")
_WITHOUT_EFFECT = (*_ELSEWHERE, *_SWITCHES)
"""Options that do not change the weights, with and without a value."""


def training_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = command_parser(
        description="Train a network on labelled faces and evaluate it on unseen ones. Everything is written into a "
        "run folder: configuration, history, checkpoint, weights, curves, confusion matrix and report.",
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
        "--teachers",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="knowledge distillation: the mean answer of these weights (.npz) becomes a part of the targets",
    )
    parser.add_argument("--data", nargs="+", metavar="PATH", help="labelled faces, or 'drawn' (the default)")
    parser.add_argument(
        "--test", nargs="+", metavar="PATH", help="evaluate on these faces instead of a part of the data"
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        help="test set: held-out subjects, cross-validation by subject, 197 of 981 images at random as in the original "
        "work, or none (default: the test part of the data if they have one, otherwise held-out)",
    )
    parser.add_argument("--share", type=float, default=0.2, help="share of the subjects to hold out (default: 0.2)")
    parser.add_argument("--folds", type=int, default=10, help="folds of cross-validation (default: 10)")
    parser.add_argument(
        "--validation",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of the training subjects to hold out; the weights of the epoch with the lowest loss on them are "
        "kept (default: 0, none, and the last epoch is kept). They choose weights, so they are not the test set",
    )
    parser.add_argument(
        "--calibrate",
        nargs="+",
        metavar="PATH",
        help="fit prior correction, temperature and the threshold of uncertain answers to these faces, after the"
        " training; unlike --validation, that changes confidences, not weights",
    )
    parser.add_argument("--check", action="store_true", help="show the data, the split and the time, and stop there")
    parser.add_argument(
        "--run",
        type=Path,
        default=Path("runs/emotion"),
        metavar="FOLDER",
        help="folder for everything that is written (default: runs/emotion); it must not hold another run",
    )
    parser.add_argument("--resume", action="store_true", help="resume the interrupted training in the run folder")
    parser.add_argument("--output", type=Path, metavar="FILE", help="also write the finished weights there (.npz)")
    parser.add_argument("--overwrite", action="store_true", help="allow --output to replace the included weights")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument("--threads", type=int, metavar="N", help="number of threads (default: all processors)")
    _add_recipe(parser)
    add_data_options(parser)
    return parser


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add the options of the recipe; one that is not given is not in the result of parsing either."""
    group = parser.add_argument_group("recipe", "hyperparameters (`emotion.training.recipe` explains them)")
    for name, meaning in (
        ("epochs", "passes over the training faces, at most"),
        ("batch_size", "faces in a batch"),
        ("learning_rate", "peak learning rate, after the warm-up"),
        ("weight_decay", "weight decay of Adam"),
        ("label_smoothing", "share of each target that is spread over all emotions"),
        ("balance", "how much rare emotions are repeated, from 0 to 1 (all equally frequent)"),
        ("average", "decay of the exponential moving average of the weights"),
        ("augmentation", "strength of the augmentation, 0 for none"),
        ("degradation", "strength of blur and noise, 0 for none"),
        ("exposure", "strength of over- and under-exposure, 0 for none"),
        ("non_faces", "drawn crops without a face in each batch, as a share of its faces"),
        ("distillation", "share of each target that is the answer of --teachers"),
        ("patience", "stop after so many epochs without a lower loss on the faces of --validation, 0 for never"),
    ):
        default = getattr(Recipe, name)
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(default),
            default=argparse.SUPPRESS,
            metavar="N" if isinstance(default, int) else "X",
            help=f"{meaning} (default: {default:g})",
        )


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Return the recipe that the options describe. Raises InputError for values out of range."""
    chosen = {choice.name: getattr(arguments, choice.name) for choice in fields(Recipe) if choice.name in arguments}
    recipe = Recipe(**chosen)
    if recipe.patience and not arguments.validation:
        raise InputError("--patience needs faces to watch; give --validation SHARE, too")
    return recipe


def configuration_of(parser: argparse.ArgumentParser, arguments: argparse.Namespace, recipe: Recipe) -> dict[str, Any]:
    """Return all options that determine the result, by name, with the defaults of those that were not given."""
    return as_settings(parser, vars(arguments) | asdict(recipe), without=("config", "help", *_WITHOUT_EFFECT))


def reproducing_command(argv: Sequence[str]) -> str:
    """Return the command with these arguments, except for those that do not change the weights."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name in _ELSEWHERE:
        parser.add_argument(f"--{name}")
    for name in _SWITCHES:
        parser.add_argument(f"--{name}", action="store_true")
    _, rest = parser.parse_known_args(argv)
    return shlex.join(["python", "scripts/train.py", *rest])
