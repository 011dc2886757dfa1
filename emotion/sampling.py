"""Oversampling: repeating the faces of rare emotions, in training data only, so that they are not drowned out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emotion.errors import InputError


def oversample(labels: NDArray[np.integer], rng: np.random.Generator, strength: float = 1.0) -> NDArray[np.int64]:
    """Indices into ``labels`` (N,), ascending, in which rare classes are repeated.

    A class of n faces, where the largest class has m, is brought to ``n * (m / n) ** strength`` faces: 0 leaves the
    data as they are, 1 makes every class as large as the largest, and what lies between repeats rare classes less
    (at 0.5 a class a hundred times rarer than the largest is repeated tenfold). Every face occurs at least once, and
    no face of a class occurs more than one time oftener than another.

    Raises InputError for a strength outside 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"the strength of oversampling is {strength}; it must lie between 0 and 1")
    if len(labels) == 0:
        return np.empty(0, np.int64)
    classes, counts = np.unique(labels, return_counts=True)
    largest = counts.max()
    chosen = []
    for label, count in zip(classes, counts, strict=True):
        members = np.flatnonzero(labels == label)
        target = round(count * (largest / count) ** strength)
        chosen.append(np.tile(members, target // count))
        chosen.append(rng.choice(members, target % count, replace=False))
    return np.sort(np.concatenate(chosen))
