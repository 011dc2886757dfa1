"""The command that trains a network on labelled faces, evaluates it, and writes all of it into a run folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from emotion.cli.config import with_config
from emotion.cli.locks import locked
from emotion.cli.options import DRAWN, check_seed, paths_with_test_part, use_threads
from emotion.cli.run_folder import RunFolder
from emotion.cli.training_options import configuration_of, recipe_of, reproducing_command, training_parser
from emotion.cli.training_run import Training
from emotion.cli.weights_output import check_weights_output
from emotion.errors import InputError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status, 0.

    Raises InputError for invalid arguments or data, and DivergenceError if the training diverges.
    """
    parser = training_parser()
    argv = with_config(parser, sys.argv[1:] if argv is None else argv)
    arguments = parser.parse_args(argv)
    arguments.command = reproducing_command(argv)
    recipe = recipe_of(arguments)
    use_threads(arguments.threads)
    check_seed("--seed", arguments.seed)
    _check_outputs(arguments)
    if arguments.data is None:
        arguments.data = [DRAWN]
        print("training on drawn faces; to use real ones, give --data PATH, where PATH contains a folder per emotion")
        print("or has another layout that docs/data.md describes")
    if arguments.split is None and not arguments.test:
        arguments.test = paths_with_test_part(arguments.data, arguments) or None
        arguments.split = None if arguments.test else "held-out"
    folder = RunFolder(arguments.run, configuration_of(parser, arguments, recipe))
    if arguments.check:
        Training(arguments, recipe, folder).describe()
        return 0
    with ExitStack() as locks:
        locks.enter_context(locked(folder.path, "--run"))
        folder.check(arguments.resume)
        if arguments.output is not None:
            locks.enter_context(locked(arguments.output, "--output"))
        training = Training(arguments, recipe, folder)
        training.describe()
        if arguments.split == "folds":
            training.cross_validate()
        else:
            training.train_once()
    return 0


def _check_outputs(arguments: argparse.Namespace) -> None:
    """Raise InputError for options about files that cannot be, or not together."""
    if not arguments.run.name:
        raise InputError(f"--run {arguments.run}: give the name of a new folder")
    if arguments.split == "folds":
        if arguments.output is not None:
            raise InputError("--output: cross-validation evaluates a recipe and saves no weights; leave it out")
        if arguments.resume:
            raise InputError("--resume: a cross-validation cannot be resumed; leave it out")
    if arguments.test and arguments.split not in (None, "none"):
        raise InputError(
            f"--test: the test faces of --split {arguments.split} are a part of the data; leave out one of them, or "
            "give --split none"
        )
    if arguments.output is not None:
        check_weights_output(arguments.output, arguments.overwrite)
