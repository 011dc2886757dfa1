"""Labelled faces in memory: what every loader returns and every split takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS


@dataclass(frozen=True)
class FaceDataset:
    """N labelled faces.

    name: what the set is called in messages.
    faces: (N, 64, 64) uint8, gray crops, each with the cascade's framing.
    labels: (N,) int64, indices into ``EMOTIONS``.
    distributions: (N, 8) float32, each row sums to 1: the share of votes for each emotion, or None for hard labels.
    subjects: (N,) str, who is shown; ``""`` where the layout does not tell.
    sequences: (N,) str, which recording (``"S005_001"``) a frame comes from; ``""`` where the layout does not tell.
    """

    name: str
    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    subjects: NDArray[np.str_]
    sequences: NDArray[np.str_]
    distributions: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def targets(self) -> NDArray:
        """What the loss takes: the distributions where there are some, else the labels."""
        return self.labels if self.distributions is None else self.distributions

    def take(self, indices: NDArray[np.integer] | NDArray[np.bool_]) -> FaceDataset:
        """The faces at ``indices`` (integers, repeats allowed, or a boolean mask), in that order."""
        distributions = None if self.distributions is None else self.distributions[indices]
        return FaceDataset(
            self.name,
            self.faces[indices],
            self.labels[indices],
            self.subjects[indices],
            self.sequences[indices],
            distributions,
        )

    def counts(self) -> dict[str, int]:
        """How many faces each emotion has, by name, in the order of ``EMOTIONS``."""
        numbers = np.bincount(self.labels, minlength=len(EMOTIONS))
        return {emotion: int(number) for emotion, number in zip(EMOTIONS, numbers, strict=True)}


def concatenate(datasets: list[FaceDataset]) -> FaceDataset:
    """All faces of several sets as one; hard labels become one-hot rows where another set has distributions."""
    if len(datasets) == 1:
        return datasets[0]
    distributions = None
    if any(dataset.distributions is not None for dataset in datasets):
        one_hot = np.eye(len(EMOTIONS), dtype=np.float32)
        distributions = np.concatenate(
            [one_hot[d.labels] if d.distributions is None else d.distributions for d in datasets]
        )
    return FaceDataset(
        " + ".join(dataset.name for dataset in datasets),
        np.concatenate([dataset.faces for dataset in datasets]),
        np.concatenate([dataset.labels for dataset in datasets]),
        np.concatenate([dataset.subjects for dataset in datasets]),
        np.concatenate([dataset.sequences for dataset in datasets]),
        distributions,
    )
