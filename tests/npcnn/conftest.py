"""Fixtures that several tests of npcnn share."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from npcnn import (
    ELU,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    Residual,
    Sequential,
    kernels,
    reference,
)


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed."""
    return np.random.default_rng(0)


@pytest.fixture(params=[reference, kernels], ids=["reference", "kernels"])
def operations(request: pytest.FixtureRequest) -> ModuleType:
    """Either implementation of the operations: a test that takes this one runs on both."""
    return request.param


@pytest.fixture
def build_small_network() -> Callable[[int], Sequential]:
    """A network of every kind of layer, 2 x 8 x 8 images to three classes, from a seed."""

    def build(seed: int) -> Sequential:
        rng = np.random.default_rng(seed)
        return Sequential(
            Residual(
                Sequential(Conv2D(2, 4, 3, rng=rng), MaxPool2D(2), ELU()),
                Sequential(Conv2D(2, 4, 2, stride=2, rng=rng), ELU()),
            ),
            Dropout(0.25, rng),
            Flatten(),
            Dense(64, 3, rng),
        )

    return build


class RunningMean(Layer):
    """``y = x - mean``: of the batch in training, which also updates a running mean; else the running mean."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.buffers = {"mean": np.zeros(features, np.float32), "batches": np.zeros((), np.int64)}

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        self._keep(training)
        if not training:
            return x - self.buffers["mean"]
        mean = x.mean(axis=0)
        self.buffers["mean"] += (mean - self.buffers["mean"]) / 4
        self.buffers["batches"] += 1
        return x - mean

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy - dy.mean(axis=0) if self._recall() else dy


@pytest.fixture
def build_buffered_network(build_small_network: Callable) -> Callable[[int], Sequential]:
    """The small network with BatchNorm2D, and a layer whose buffers are called ``4/mean`` and ``4/batches``."""

    def build(seed: int) -> Sequential:
        network = build_small_network(seed)
        return Sequential(network[0], BatchNorm2D(4), *network[1:3], RunningMean(64), network[3])

    return build
