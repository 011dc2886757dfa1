"""The command that trains the network: its arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from emotion.cli.messages import run

SPLITS = ("held-out", "folds", "original", "none")


def main(argv: Sequence[str] | None = None) -> int:
    """The command ``emotion-train``; returns its exit status: 0, or 2 for input that cannot be used."""

    def train() -> int:
        from emotion.cli.data import add_data_options
        from emotion.cli.training import train_on_faces

        parser = _parser()
        add_data_options(parser)
        return train_on_faces(parser.parse_args(argv))

    return run(train)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Train the emotion network, measure it on faces it has not seen, and save its weights."
    )
    parser.add_argument(
        "--data", nargs="+", default=["drawn"], metavar="PATH", help="labelled faces; 'drawn' draws some (default)"
    )
    parser.add_argument(
        "--test", nargs="+", metavar="PATH", help="measure on these faces instead of on a part of the data"
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        default="held-out",
        help="what to measure on: a share of the subjects (default), every subject in turn by cross-validation, the"
        " original work's 197 of 981 images at random, or nothing",
    )
    parser.add_argument("--share", type=float, default=0.2, help="share of the subjects to hold out (default: 0.2)")
    parser.add_argument("--folds", type=int, default=10, help="folds of cross-validation (default: 10)")
    parser.add_argument(
        "--output", type=Path, default=Path("runs/emotion.npz"), metavar="FILE", help="weights to write (.npz)"
    )
    parser.add_argument("--overwrite", action="store_true", help="let --output replace the weights that ship")
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted run to --output stopped")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is random (default: 0)")
    parser.add_argument("--threads", type=int, metavar="N", help="threads to compute with (default: all processors)")
    recipe = parser.add_argument_group("recipe", "what is not given is as `emotion.recipe.Recipe` has it")
    for name, kind in (
        ("epochs", int),
        ("batch-size", int),
        ("learning-rate", float),
        ("weight-decay", float),
        ("label-smoothing", float),
        ("balance", float),
        ("average", float),
        ("augmentation", float),
    ):
        recipe.add_argument(f"--{name}", type=kind, default=argparse.SUPPRESS)
    return parser
