"""The training recipe: all hyperparameters in one place, and the trainer built from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.errors import InputError
from emotion.networks import build_network, input_shape
from emotion.preprocessing import prepare_faces
from emotion.training.augmentation import Augmentation
from emotion.training.data import FaceBatches
from emotion.training.distillation import DistillationBatches
from npcnn import EMA, Adam, Layer, SoftmaxCrossEntropy, Trainer, WarmupCosine
from npcnn.serialization import copy_arrays


@dataclass(frozen=True)
class Recipe:
    """Training hyperparameters. Raises InputError for a value outside its range.

    network: name of the network (see ``emotion.networks``).
    learning_rate: the peak learning rate, after linear warm-up over the first 5% of the steps; then cosine decay.
    balance: strength of oversampling, 0 to 1 (see ``emotion.training.data``).
    average: decay of the exponential moving average (EMA) of the weights, which is evaluated and saved.
    augmentation: strength of the augmentation (see ``emotion.training.augmentation``), 0 for none.
    degradation: loss of resolution and noise (see ``emotion.training.augmentation``), 0 for none.
    exposure: over- and under-exposure (see ``emotion.training.augmentation``), 0 for none.
    non_faces: drawn crops without a face in each batch, as a share of its faces; their targets are equal probabilities.
    distillation: share of each target that is the answer of the teachers, if there are any.
    patience: number of epochs without a smaller validation loss after which the training ends early, 0 for never.
    """

    network: str = "original"
    epochs: int = 40
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    balance: float = 0.8
    average: float = 0.99
    augmentation: float = 1.0
    degradation: float = 0.0
    exposure: float = 0.0
    non_faces: float = 0.0
    distillation: float = 0.7
    patience: int = 0

    def __post_init__(self) -> None:
        ranges = {
            "epochs": (1, 100_000),
            "batch_size": (1, 65_536),
            "learning_rate": (1e-8, 10),
            "weight_decay": (0, 10),
            "label_smoothing": (0, 0.9),
            "balance": (0, 1),
            "average": (0, 0.99999),
            "augmentation": (0, 10),
            "degradation": (0, 1),
            "exposure": (0, 1),
            "non_faces": (0, 1),
            "distillation": (0, 1),
            "patience": (0, 100_000),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name.replace('_', ' ')} is {value}; it must be between {low} and {high}")

    def batches(self, dataset: FaceDataset, teachers: Sequence[Layer] = ()) -> FaceBatches | DistillationBatches:
        """Create the training batches.

        teachers: networks for the same input whose answers become a part of the targets.
        """
        if teachers:
            dataset = replace(dataset, distributions=dataset.target_distributions)
        strengths = self.augmentation, self.degradation, self.exposure
        augmentation = Augmentation.of_strength(*strengths) if any(strengths) else None
        batches = FaceBatches(dataset, self.batch_size, augmentation, self.balance, self.non_faces)
        if not teachers:
            return batches
        return DistillationBatches(batches, teachers, input_shape(self.network), self.distillation)

    def trainer(
        self,
        dataset: FaceDataset,
        rng: np.random.Generator,
        checkpoint: Path | None = None,
        seed: int = 0,
        pretrained: dict[str, NDArray] | None = None,
        validation: FaceDataset | None = None,
        teachers: Sequence[Layer] = (),
    ) -> Trainer:
        """Create a trainer with a new network; train it with ``fit(self.batches(dataset, teachers), self.epochs)``.

        pretrained: the ``state_dict`` of a network to begin with, instead of random weights.
        validation: faces that are not trained on; the weights of the epoch with the lowest loss on them are kept.
        A checkpoint of another recipe, seed, data set, beginning or of other teachers is refused.
        """
        network = build_network(self.network, rng)
        if pretrained is not None:
            copy_arrays(network.state_dict(), pretrained)
        size = input_shape(self.network)[1]
        steps = self.epochs * len(self.batches(dataset))
        return Trainer(
            network,
            Adam(network.params, weight_decay=self.weight_decay),
            WarmupCosine(self.learning_rate, steps, warmup=max(1, steps // 20)),
            rng,
            SoftmaxCrossEntropy(self.label_smoothing),
            validation=None if validation is None else (prepare_faces(validation.faces, size), validation.targets),
            patience=self.patience or None,
            average=EMA(network.state_dict(), self.average),
            checkpoint=checkpoint,
            configuration=asdict(self)
            | {
                "seed": seed,
                "data": dataset.fingerprint(),
                "validation": "" if validation is None else validation.fingerprint(),
                "pretrained": _fingerprint(pretrained),
                "teachers": " ".join(_fingerprint(teacher.state_dict()) for teacher in teachers),
            },
        )


def _fingerprint(arrays: dict[str, NDArray] | None) -> str:
    """Return 16 hexadecimal digits that depend on every element; "" for None."""
    if arrays is None:
        return ""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(np.ascontiguousarray(arrays[name]))
    return digest.hexdigest()[:16]
