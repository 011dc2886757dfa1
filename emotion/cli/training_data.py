"""The faces of a training run: loaded, split, and summarised before the first epoch."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emotion.cli.errors import printable
from emotion.cli.options import load_faces
from emotion.datasets import FaceDataset
from emotion.datasets.left_out import describe_left_out
from emotion.datasets.parts import FOR_TEST, FOR_VALIDATION
from emotion.datasets.splits import Split, held_out, original_split, subject_folds, unseen
from emotion.datasets.summary import MAX_PAIRS, OverlapCount, Summary, summarise
from emotion.errors import InputError


@dataclass(frozen=True)
class Trial:
    """The faces of one network to train: for training, for choosing the epoch and for testing, if there are any."""

    training: FaceDataset
    validation: FaceDataset | None
    test: FaceDataset | None


@dataclass(frozen=True)
class TrainingData:
    """All faces of a training run.

    faces: those that are trained on or split.
    splits: the split of ``faces`` for each network to train, or None if all are trained on.
    test: the test faces, if they are not a part of ``faces``.
    calibration: the faces to calibrate on, if any.
    validation: the share of the training faces that is held out to choose the epoch, with ``seed``.
    notes: sentences about the split, about faces of several sets, and about files that were left out.
    """

    faces: FaceDataset
    splits: list[Split | None]
    test: FaceDataset | None
    calibration: FaceDataset | None
    validation: float
    notes: list[str]
    seed: int

    def trials(self) -> Iterator[Trial]:
        """Yield the faces of each network to train. Raises InputError if a part would be empty."""
        for number, split in enumerate(self.splits):
            train = self.faces if split is None else self.faces.take(split.train)
            test = self.test if split is None else self.faces.take(split.test)
            validation = None
            if self.validation:
                rng = np.random.default_rng([self.seed, number, 1])  # so that nothing else depends on it
                inner = held_out(train, self.validation, rng)
                train, validation = train.take(inner.train), train.take(inner.test)
            yield Trial(train, validation, test)

    def summary(self) -> Summary:
        """Count the faces of all parts, and those that are in more than one of them."""
        folds = len(self.splits)
        overlaps = {name: OverlapCount(MAX_PAIRS / folds) for name in ("test", "validation")}
        sizes = []
        for trial in self.trials():
            sets = {name: faces for name, faces in vars(trial).items() if faces is not None}
            for name in overlaps.keys() & sets.keys():
                overlaps[name].add(sets[name], trial.training)
            sizes.append([len(faces) for faces in sets.values()])
        notes = list(self.notes)
        if folds > 1:
            ranges = [f"{min(size):,} to {max(size):,}" for size in zip(*sizes, strict=True)]
            notes.append(f"faces of a fold: {', '.join(map(' '.join, zip(sets, ranges, strict=True)))}")
            sets = {"all folds": self.faces}
        notes += [overlap.sentence(name) for name, overlap in overlaps.items() if overlap.faces]
        calibration = {} if self.calibration is None else {"calibration": self.calibration}
        return summarise(sets | calibration, notes)


def load_training_data(arguments: argparse.Namespace, size: int) -> TrainingData:
    """Load and split the faces that the options name.

    size: height and width of the faces, in pixels.
    Raises InputError for faces that cannot be read or split, or if none are left for the training.
    """
    if not 0 <= arguments.validation < 1:
        raise InputError(f"--validation is {arguments.validation}; it must be at least 0 and below 1")
    faces = load_faces(arguments.data, arguments, size)
    loaded = [faces]
    test = calibration = None
    if arguments.calibrate:
        calibration = load_faces(arguments.calibrate, arguments, size, votes="majority", parts=FOR_VALIDATION)
        loaded.append(calibration)
    if arguments.test:
        test = load_faces(arguments.test, arguments, size, votes="majority", parts=FOR_TEST)
        loaded.append(test)
    notes = []
    if test is not None:
        faces, sentence = _unseen(faces, test, "test")
        notes.append(f"split: the test faces are given; {sentence}")
    if calibration is not None:
        given = len(faces)
        faces, sentence = _unseen(faces, calibration, "calibration")
        if len(faces) < given:
            notes.append(f"calibration: {sentence}")
    if not len(faces):
        raise InputError("no training faces are left; give other faces with --data, --test or --calibrate")
    splits: list[Split | None] = [None]
    if test is None:
        splits, note = _split(faces, arguments)
        notes.insert(0, note)
    elif calibration is not None and (seen := len(calibration) - len(unseen(calibration, test))):
        notes.append(
            f"calibration: {seen:,} of {len(calibration):,} faces show the same pictures or people as the test faces; "
            "the results on these are slightly too good"
        )
    if arguments.validation:
        notes.append(
            f"validation: by subject, about {arguments.validation:.0%} of the training faces; they choose the epoch"
        )
    notes += map(printable, describe_left_out([item for dataset in loaded for item in dataset.left_out]))
    return TrainingData(faces, splits, test, calibration, arguments.validation, notes, arguments.seed)


def _unseen(faces: FaceDataset, others: FaceDataset, name: str) -> tuple[FaceDataset, str]:
    """Return the training faces whose pictures and people are not among the others, and a sentence about the rest."""
    kept = unseen(faces, others)
    return kept, (
        f"{len(faces) - len(kept):,} of {len(faces):,} training faces left out: the {name} faces show the same "
        "pictures or people"
    )


def _split(faces: FaceDataset, arguments: argparse.Namespace) -> tuple[list[Split | None], str]:
    """Return the split of the faces for each network to train, and a sentence about it."""
    rng = np.random.default_rng(arguments.seed)
    if arguments.split == "none":
        return [None], "split: none, there are no test faces"
    if arguments.split == "folds":
        return list(subject_folds(faces, arguments.folds, rng)), f"split: {arguments.folds} folds by subject"
    if arguments.split == "original":
        return [original_split(faces, rng)], "split: at random by picture, 784 to 197"
    sentence = f"split: by subject, about {arguments.share:.0%} of each emotion for the test"
    return [held_out(faces, arguments.share, rng)], sentence
