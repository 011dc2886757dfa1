"""Training data: rare emotions oversampled, batches augmented in a thread while the network computes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.preprocessing import prepare_faces
from emotion.training.augmentation import Augmentation
from npcnn.training.data import Batch


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


class FaceBatches:
    """One epoch shows every face at least once, rare emotions oftener (see ``emotion.training.data``)."""

    def __init__(
        self,
        dataset: FaceDataset,
        batch_size: int,
        augmentation: Augmentation | None = None,
        balance: float = 1.0,
    ) -> None:
        self.dataset, self.batch_size, self.balance = dataset, batch_size, balance
        self.augmentation = augmentation
        self._length = -(-len(oversample(dataset.labels, np.random.default_rng(0), balance)) // batch_size)

    def __len__(self) -> int:
        """Batches an epoch."""
        return self._length

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """One epoch's batches; the thread draws from a generator of its own, seeded by ``rng``."""
        own = np.random.default_rng(rng.integers(2**63))
        order = own.permutation(oversample(self.dataset.labels, own, self.balance))
        chosen = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        with _opencv_alone(), ThreadPoolExecutor(1, thread_name_prefix="faces") as ahead:
            coming = ahead.submit(self._prepare, chosen[0], own)
            for following in [*chosen[1:], None]:
                batch = coming.result()
                if following is not None:
                    coming = ahead.submit(self._prepare, following, own)
                yield batch

    def _prepare(self, indices: np.ndarray, rng: np.random.Generator) -> Batch:
        faces = self.dataset.faces[indices]
        if self.augmentation is not None:
            faces = self.augmentation(faces, rng)
        return prepare_faces(faces), self.dataset.targets[indices]


@contextmanager
def _opencv_alone() -> Iterator[None]:
    """Inside, OpenCV computes in the thread that calls it: its own would take the network's processors."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
