"""Training and test splits: by subject, or at random by image, which overestimates the accuracy on new people."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset, warn_of_shared_numbers
from emotion.datasets.overlap import same_picture, same_subject
from emotion.errors import InputError
from emotion.labels import EMOTIONS


@dataclass(frozen=True)
class Split:
    """Two disjoint sets of faces: ascending indices into a data set, (N,) and (M,) int64."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def subject_folds(dataset: FaceDataset, folds: int, rng: np.random.Generator) -> list[Split]:
    """Split a data set for cross-validation by subject.

    Each face is in exactly one test set, and no split has the same subject on both sides. The emotions are spread
    about evenly over the folds. A face of unknown subject counts as its own subject, together with identical faces.

    Raises InputError for fewer than two folds or for more folds than subjects.
    """
    subjects = subject_numbers(dataset)
    if folds < 2:
        raise InputError(f"the number of folds is {folds}; cross-validation needs at least 2")
    number = len(np.unique(subjects))
    if folds > number:
        raise InputError(f"{dataset.name}: cannot make {folds} folds from {number} subjects; use fewer folds")
    fold = _assign_subjects(dataset.labels, subjects, np.full(folds, 1 / folds), rng)
    return [_split(fold == index) for index in range(folds)]


def held_out(dataset: FaceDataset, share: float, rng: np.random.Generator) -> Split:
    """Hold out about ``share`` of each emotion as a test set, with each subject on one side only.

    Unknown subjects are treated as in ``subject_folds``. Raises InputError if ``share`` is not between 0 and 1 or if
    one side would be empty.
    """
    if not 0 < share < 1:
        raise InputError(f"the held-out share is {share}; it must be between 0 and 1, exclusive")
    side = _assign_subjects(dataset.labels, subject_numbers(dataset), np.array([1 - share, share]), rng)
    split = _split(side == 1)
    if len(split.train) == 0 or len(split.test) == 0:
        raise InputError(f"{dataset.name}: too few subjects to hold out a share of {share}")
    return split


def original_split(dataset: FaceDataset, rng: np.random.Generator, train: int = 784, test: int = 197) -> Split:
    """Split at random by image like the original work: 784 images for training and 197 for testing.

    A data set that does not have 981 images is split in the same proportion. Nearly identical frames of one sequence
    can end up on both sides; a warning then states how many test images are affected.

    Raises InputError if the data set is too small to have an image on each side.
    """
    size = round(len(dataset) * test / (train + test))
    if not 0 < size < len(dataset):
        raise InputError(f"{dataset.name}: {len(dataset)} faces are too few for a split of {train} to {test}")
    split = _split(rng.permutation(len(dataset)) < size)
    same_sequence = _shared(dataset.sequences, split)
    same_subject = _shared(dataset.subjects, split)
    if same_subject:
        warnings.warn(
            f"{dataset.name}: of {size} test images, {same_sequence} share a sequence with the training set and "
            f"{same_subject} share a subject; accuracy on this split says little about new people",
            stacklevel=2,
        )
    return split


def unseen(dataset: FaceDataset, test: FaceDataset) -> FaceDataset:
    """Return the faces of ``dataset`` that share neither their picture nor their subject with ``test``.

    Warns as `emotion.datasets.dataset.warn_of_shared_numbers` does.
    """
    warn_of_shared_numbers([dataset, test])
    return dataset.take(~same_picture(dataset, test) & ~same_subject(dataset, test))


def subject_numbers(dataset: FaceDataset) -> NDArray[np.int64]:
    """Return the number of each face's subject, or of its picture if the subject is unknown, (N,): 0, 1, ..."""
    keys = [
        subject or blake2b(face.tobytes(), digest_size=16).digest()
        for subject, face in zip(dataset.subjects.tolist(), dataset.faces, strict=True)
    ]
    number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], np.int64)


def _split(in_test: NDArray[np.bool_]) -> Split:
    return Split(np.flatnonzero(~in_test), np.flatnonzero(in_test))


def _shared(names: NDArray[np.str_], split: Split) -> int:
    """Count the test images whose name (of a sequence or subject) also occurs in training."""
    test_names = names[split.test]
    return int(np.count_nonzero(np.isin(test_names, names[split.train]) & (test_names != "")))


def _assign_subjects(
    labels: NDArray[np.int64], subjects: NDArray[np.int64], shares: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Assign subjects to parts that should each receive a given share of every emotion; returns each face's part (N,).

    The algorithm is greedy. Subjects with a large share of some emotion come first. Each is assigned to the part that
    increases the squared distance between the actual and the desired shares the least.
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
