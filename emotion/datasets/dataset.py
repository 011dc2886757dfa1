"""Labelled faces in memory, as returned by the loaders and used by the splits."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.left_out import LeftOut
from emotion.labels import EMOTIONS


@dataclass(frozen=True)
class FaceDataset:
    """A data set of N labelled faces.

    name: the name of the data set in messages.
    faces: (N, S, S) uint8, gray crops, framed as by the cascade.
    labels: (N,) int64, indices into ``EMOTIONS``.
    distributions: (N, 8) float32, the share of votes for each emotion (rows sum to 1), or None for hard labels.
    subjects: (N,) str, the person shown; ``""`` if unknown.
    sequences: (N,) str, the recording that a frame comes from (``"S005_001"``); ``""`` if unknown.
    names: (N,) str as objects, where each face is from: a file, or ``"FILE, row N"``.
    left_out: files and rows of the source that are not among the faces, and why; subsets do not repeat them.
    """

    name: str
    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    subjects: NDArray[np.str_]
    sequences: NDArray[np.str_]
    names: NDArray[np.object_]
    distributions: NDArray[np.float32] | None = None
    left_out: tuple[LeftOut, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> int:
        """Height and width of the faces, S, in pixels."""
        return self.faces.shape[-1]

    @property
    def targets(self) -> NDArray:
        """Targets for the loss: the distributions if there are any, otherwise the labels."""
        return self.labels if self.distributions is None else self.distributions

    @property
    def target_distributions(self) -> NDArray[np.float32]:
        """The targets as distributions, (N, 8) float32; hard labels are one-hot."""
        if self.distributions is None:
            return np.eye(len(EMOTIONS), dtype=np.float32)[self.labels]
        return self.distributions

    def take(self, indices: NDArray[np.integer] | NDArray[np.bool_]) -> FaceDataset:
        """Return the faces at ``indices`` (integers, possibly repeated, or a boolean mask), in that order."""
        distributions = None if self.distributions is None else self.distributions[indices]
        return FaceDataset(
            self.name,
            self.faces[indices],
            self.labels[indices],
            self.subjects[indices],
            self.sequences[indices],
            self.names[indices],
            distributions,
        )

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that depend on every pixel and every target."""
        digest = hashlib.sha256(np.ascontiguousarray(self.faces))
        digest.update(np.ascontiguousarray(self.targets))
        return digest.hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """Return the number of faces per emotion, in the order of ``EMOTIONS``."""
        counts = np.bincount(self.labels, minlength=len(EMOTIONS))
        return {emotion: int(count) for emotion, count in zip(EMOTIONS, counts, strict=True)}


def concatenate(datasets: list[FaceDataset]) -> FaceDataset:
    """Concatenate data sets. Hard labels become one-hot distributions if another set has distributions.

    Warns as `warn_of_shared_numbers` does.
    """
    if len(datasets) == 1:
        return datasets[0]
    warn_of_shared_numbers(datasets)
    distributions = None
    if any(dataset.distributions is not None for dataset in datasets):
        distributions = np.concatenate([dataset.target_distributions for dataset in datasets])
    return FaceDataset(
        " + ".join(dataset.name for dataset in datasets),
        np.concatenate([dataset.faces for dataset in datasets]),
        np.concatenate([dataset.labels for dataset in datasets]),
        np.concatenate([dataset.subjects for dataset in datasets]),
        np.concatenate([dataset.sequences for dataset in datasets]),
        np.concatenate([dataset.names for dataset in datasets]),
        distributions,
        tuple(item for dataset in datasets for item in dataset.left_out),
    )


def warn_of_shared_numbers(datasets: Sequence[FaceDataset]) -> None:
    """Warn if a subject that is only a number is in two of the data sets, as many number their own people from 1.

    Does not warn if the first faces of the subject are the same face.
    """
    first: dict[str, str] = {}
    for dataset in datasets:
        subjects, indices = np.unique(dataset.subjects, return_index=True)
        for subject, name in zip(subjects.tolist(), dataset.names[indices], strict=True):
            if subject.isdecimal() and first.setdefault(subject, name) != name:
                warnings.warn(
                    f"{first[subject]} and {name}: both show the subject {subject!r}, which counts as one person; if "
                    "these are two, make the names of subjects unique (docs/data.md)",
                    stacklevel=3,
                )
                return
