"""Training and test sets: by subject, which gives a figure to believe, or at random by image, which does not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.labels import EMOTIONS


@dataclass(frozen=True)
class Split:
    """Two sets of faces without overlap: ascending indices into a dataset, (N,) and (M,) int64."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def subject_folds(dataset: FaceDataset, folds: int, rng: np.random.Generator) -> list[Split]:
    """``folds`` splits for cross-validation; each face is in one test set, each subject on one side of every split.

    Subjects are dealt out so that every emotion is spread over the folds about evenly. A face of unknown subject is
    a subject of its own, together with the faces that equal it pixel for pixel.

    Raises InputError for fewer than two folds or for more folds than subjects.
    """
    subjects = _subjects(dataset)
    if folds < 2:
        raise InputError(f"{folds} folds cannot be made; cross-validation takes at least 2")
    number = len(np.unique(subjects))
    if folds > number:
        raise InputError(f"{dataset.name}: {folds} folds need as many subjects, but there are {number}; use fewer")
    fold = _deal(dataset.labels, subjects, np.full(folds, 1 / folds), rng)
    return [_split(fold == index) for index in range(folds)]


def held_out(dataset: FaceDataset, share: float, rng: np.random.Generator) -> Split:
    """One split with about ``share`` of every emotion in the test set and each subject on one side.

    Subjects are told apart as in ``subject_folds``. Raises InputError for a share outside 0 to 1 or when one side
    would be empty.
    """
    if not 0 < share < 1:
        raise InputError(f"the held-out share is {share}; it must lie between 0 and 1, both excluded")
    side = _deal(dataset.labels, _subjects(dataset), np.array([1 - share, share]), rng)
    split = _split(side == 1)
    if len(split.train) == 0 or len(split.test) == 0:
        raise InputError(f"{dataset.name}: too few subjects to hold out a share of {share}")
    return split


def original_split(dataset: FaceDataset, rng: np.random.Generator, train: int = 784, test: int = 197) -> Split:
    """The split of the original work: 784 images for training and 197 for testing, at random by image.

    A set of another size than 981 images is split in the same proportion. Frames of one sequence, and so nearly the
    same picture, may land on both sides: then a warning says for how many test images this is so.

    Raises InputError when the set is too small to leave an image on each side.
    """
    size = round(len(dataset) * test / (train + test))
    if not 0 < size < len(dataset):
        raise InputError(f"{dataset.name}: {len(dataset)} faces are too few for a split of {train} to {test}")
    split = _split(rng.permutation(len(dataset)) < size)
    siblings = _shared(dataset.sequences, split)
    acquainted = _shared(dataset.subjects, split)
    if acquainted:
        warnings.warn(
            f"{dataset.name}: of {size} test images, {siblings} have a frame of the same sequence in training and "
            f"{acquainted} an image of the same subject; accuracy on this split says little about new people",
            stacklevel=2,
        )
    return split


def unseen(dataset: FaceDataset, test: FaceDataset) -> FaceDataset:
    """The faces of ``dataset`` that may be trained on beside a separate test set: no picture or subject of that set."""
    tested = {face.tobytes() for face in test.faces}
    fresh = np.array([face.tobytes() not in tested for face in dataset.faces])
    acquainted = np.isin(dataset.subjects, test.subjects) & (dataset.subjects != "")
    return dataset.take(fresh & ~acquainted)


def _split(in_test: NDArray[np.bool_]) -> Split:
    return Split(np.flatnonzero(~in_test), np.flatnonzero(in_test))


def _shared(names: NDArray[np.str_], split: Split) -> int:
    """How many test images have a name (of a sequence, of a subject) that also occurs in training."""
    tested = names[split.test]
    return int(np.count_nonzero(np.isin(tested, names[split.train]) & (tested != "")))


def _subjects(dataset: FaceDataset) -> NDArray[np.int64]:
    """A number for each face's subject; where the subject is unknown, for its picture."""
    keys = [
        subject or blake2b(face.tobytes(), digest_size=16).digest()
        for subject, face in zip(dataset.subjects.tolist(), dataset.faces, strict=True)
    ]
    number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], np.int64)


def _deal(
    labels: NDArray[np.int64], subjects: NDArray[np.int64], shares: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Deal whole subjects out to parts that should each hold their share of every emotion: a part for each face.

    Greedy: subjects who hold much of some emotion come first, and each goes where the squared distance between what
    the parts hold and what they should hold, every emotion measured as a share of its total, grows least.
    """
    counts = np.zeros((subjects.max(initial=-1) + 1, len(EMOTIONS)))
    np.add.at(counts, (subjects, labels), 1)
    weights = counts / np.maximum(counts.sum(axis=0), 1)
    order = rng.permutation(len(weights))
    order = order[np.argsort(-weights[order].max(axis=1, initial=0), kind="stable")]
    held = np.zeros((len(shares), len(EMOTIONS)))
    faces = np.zeros(len(shares))
    part = np.empty(len(weights), np.int64)
    for subject in order:
        growth = (held + weights[subject] / 2) @ weights[subject] / shares
        part[subject] = np.lexsort((faces / shares, growth))[0]
        held[part[subject]] += weights[subject]
        faces[part[subject]] += counts[subject].sum()
    return part[subjects]
