"""Knowledge distillation: targets that are in part the answers of networks trained before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from npcnn import Layer, compile_network, softmax
from npcnn.layers.layer import Shape
from npcnn.training.data import Batch, Batches


class DistillationBatches:
    """Batches whose targets are mixed with the answers of teachers (Hinton et al., arXiv:1503.02531).

    batches: the inputs, and the targets before, which are distributions (N, 8).
    teachers: networks for inputs of ``shape`` (C, H, W). The mean of their probabilities is the answer. They are given
        the same augmented faces as the network that is trained (Beyer et al., arXiv:2106.05237).
    share: how much of each target is the answer of the teachers, from 0 to 1.
    """

    def __init__(self, batches: Batches, teachers: Sequence[Layer], shape: Shape, share: float) -> None:
        self.batches, self.share = batches, share
        self._teachers = [compile_network(teacher, shape) for teacher in teachers]

    def __len__(self) -> int:
        """Number of batches per epoch."""
        return len(self.batches)

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one epoch, with targets ``(1 - share) t + share * answer``."""
        with closing(self.batches.epoch(rng)) as batches:
            for x, targets in batches:
                answers = sum(softmax(teacher.predict(x)) for teacher in self._teachers) / len(self._teachers)
                yield x, (1 - self.share) * targets + self.share * answers
