"""Options shared by the commands that read labelled faces, and the loading of the faces they select."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from emotion.cli.progress import progress
from emotion.datasets import FaceDataset, concatenate, load_dataset, parts_at
from emotion.datasets.cohn_kanade import FRAME_CHOICES
from emotion.datasets.label_mapping import LabelMapping, read_label_mapping
from emotion.datasets.parts import FOR_TEST, FOR_TRAINING
from emotion.datasets.votes import VOTE_RULES
from emotion.errors import InputError
from emotion.preprocessing import FACE_SIZE
from emotion.synthetic import load_drawn
from npcnn import set_thread_count

DRAWN = "drawn"
"""Used instead of a path: synthetic faces, drawn on the fly."""


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that control how labelled faces are read from disk."""
    parser.epilog = (
        "A PATH may end in a part of the data, as in fer2013.csv:test; the parts are train, validation and test. "
        "docs/data.md describes the layouts of data."
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="what numbered folders or the labels in a table mean (.toml; see configs/labels/)",
    )
    parser.add_argument(
        "--votes",
        choices=VOTE_RULES,
        default="majority",
        help="use FER+ votes as one label (the authors' majority rule) or as a distribution (default: majority)",
    )
    parser.add_argument(
        "--frames",
        choices=FRAME_CHOICES,
        default="first-middle-last",
        help="frames to use from each sequence of the CK+ release (default: first-middle-last)",
    )
    parser.add_argument(
        "--identities",
        type=int,
        default=300,
        metavar="N",
        help="people to draw for 'drawn', each with all eight emotions (default: 300)",
    )


def load_faces(
    paths: Iterable[str],
    arguments: argparse.Namespace,
    size: int = FACE_SIZE,
    votes: str | None = None,
    parts: Sequence[str] = FOR_TRAINING,
) -> FaceDataset:
    """Load the faces of all paths into one data set. Raises InputError for a path without faces.

    size: height and width to which the faces are resized, in pixels.
    votes: a vote rule that overrides the option.
    parts: the parts to choose from, best first, where a path has several and names none.
    """
    labels = _labels(arguments)
    datasets = []
    for path in paths:
        if path == DRAWN:
            datasets.append(load_drawn(arguments.identities, arguments.seed, size, track=progress("drawing faces")))
        else:
            datasets.append(
                load_dataset(
                    path,
                    parts=parts,
                    labels=labels,
                    frames=arguments.frames,
                    votes=votes or arguments.votes,
                    size=size,
                    track=progress("reading faces"),
                )
            )
        counts = ", ".join(f"{emotion} {count}" for emotion, count in datasets[-1].counts().items())
        print(f"{datasets[-1].name}: {len(datasets[-1])} faces ({counts})")
    return concatenate(datasets)


def paths_with_test_part(paths: Iterable[str], arguments: argparse.Namespace) -> list[str]:
    """Return the paths that name no part, and whose faces are divided into parts, one of them for tests."""
    labels = _labels(arguments)
    return [path for path in paths if path != DRAWN and set(FOR_TEST) & set(parts_at(path, labels))]


def _labels(arguments: argparse.Namespace) -> LabelMapping | None:
    return read_label_mapping(arguments.labels) if arguments.labels else None


def use_threads(threads: int | None) -> None:
    """Set the number of threads; None uses all processors. Raises InputError for a number below 1."""
    if threads is not None:
        if threads < 1:
            raise InputError(f"--threads is {threads}; it must be at least 1")
        set_thread_count(threads)


def check_seed(option: str, seed: int) -> None:
    """Raise InputError, naming the option, for a negative seed."""
    if seed < 0:
        raise InputError(f"{option} is {seed}; it must be 0 or more")
