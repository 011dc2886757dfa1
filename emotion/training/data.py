"""Training data: oversampling of rare emotions, and batches that are augmented in a background thread."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.preprocessing import prepare_faces
from emotion.synthetic.non_faces import draw_non_faces
from emotion.training.augmentation import Augmentation
from npcnn.training.data import Batch


def oversample(labels: NDArray[np.integer], rng: np.random.Generator, strength: float = 1.0) -> NDArray[np.int64]:
    """Return indices into ``labels`` (N,), ascending, that repeat rare classes.

    A class of n faces grows to ``n * (m / n) ** strength`` faces, where m is the size of the largest class. A strength
    of 0 changes nothing, 1 makes all classes equally large, and 0.5 repeats a class that is a hundred times rarer than
    the largest ten times. Every face occurs at least once, and the counts of two faces of a class differ by at most 1.

    Raises InputError for a strength outside 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"the oversampling strength is {strength}; it must be between 0 and 1")
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


def class_shares(dataset: FaceDataset, balance: float) -> tuple[float, ...]:
    """Return the share of each emotion, (8,), in what training with this strength of oversampling sees."""
    seen = oversample(dataset.labels, np.random.default_rng(0), balance)
    shares = np.maximum(dataset.target_distributions[seen].mean(axis=0, dtype=np.float64), 1e-4)
    return tuple((shares / shares.sum()).tolist())


class FaceBatches:
    """Batches of augmented faces; an epoch shows every face at least once, and rare emotions more often.

    balance: the strength of oversampling; see ``oversample``.
    non_faces: drawn crops without a face to add to each batch, as a share of its faces. Their targets are equal
        probabilities, so that the network learns to be uncertain about them (Hendrycks et al., arXiv:1812.04606).
    """

    def __init__(
        self,
        dataset: FaceDataset,
        batch_size: int,
        augmentation: Augmentation | None = None,
        balance: float = 1.0,
        non_faces: float = 0.0,
    ) -> None:
        self.dataset, self.batch_size, self.balance = dataset, batch_size, balance
        self.augmentation, self.non_faces = augmentation, non_faces
        self._length = -(-len(oversample(dataset.labels, np.random.default_rng(0), balance)) // batch_size)

    def __len__(self) -> int:
        """Number of batches per epoch."""
        return self._length

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch; the thread uses its own generator, seeded from ``rng``."""
        epoch_rng = np.random.default_rng(rng.integers(2**63))
        order = epoch_rng.permutation(oversample(self.dataset.labels, epoch_rng, self.balance))
        batches = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        with _single_threaded_opencv(), ThreadPoolExecutor(1, thread_name_prefix="faces") as executor:
            pending = executor.submit(self._prepare, batches[0], epoch_rng)
            for indices in [*batches[1:], None]:
                batch = pending.result()
                if indices is not None:
                    pending = executor.submit(self._prepare, indices, epoch_rng)
                yield batch

    def _prepare(self, indices: np.ndarray, rng: np.random.Generator) -> Batch:
        batch = self.dataset.take(indices)
        faces, targets = batch.faces, batch.targets
        if self.augmentation is not None:
            faces = self.augmentation(faces, rng)
        if number := round(self.non_faces * len(batch)):
            faces = np.concatenate([faces, draw_non_faces(number, batch.size, rng)])
            uncertain = np.full((number, len(EMOTIONS)), 1 / len(EMOTIONS), np.float32)
            targets = np.concatenate([batch.target_distributions, uncertain])
        return prepare_faces(faces, batch.size), targets


@contextmanager
def _single_threaded_opencv() -> Iterator[None]:
    """Disable OpenCV's own threads, which would compete with the network for processors."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
