"""The networks as `emotion.networks` builds them, the baseline for the other frameworks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.peer import Weights
from emotion.networks import build_network, input_shape
from npcnn import Adam, SoftmaxCrossEntropy, compile_network, set_thread_count


class NpcnnPeer:
    """npcnn: compiled inference, and training as its own loop does it."""

    trains = True

    def __init__(self, network: str, weights: Weights, threads: int) -> None:
        set_thread_count(threads)
        self._network = build_network(network, np.random.default_rng(0))
        for name, w in self._network.state_dict().items():
            w[...] = weights[name]
        self._compiled = compile_network(self._network, input_shape(network))
        self._network.skip_input_gradient()
        self._loss = SoftmaxCrossEntropy()
        self._adam = Adam(self._network.params)

    def native(self, array: NDArray) -> NDArray:
        """The array itself."""
        return array

    def infer(self, x: NDArray) -> NDArray:
        """Logits (N, 8) for the given weights."""
        return self._compiled.predict(x)

    def gradients(self, x: NDArray, labels: NDArray) -> Weights:
        """Gradients for all weights, without dropout."""
        self._backward(x, labels, training=False)
        return self._network.grads

    def train_step(self, x: NDArray, labels: NDArray) -> float:
        """One step of training; the loss."""
        loss = self._backward(x, labels, training=True)
        self._adam.step(self._network.grads)
        return loss

    def _backward(self, x: NDArray, labels: NDArray, training: bool) -> float:
        loss = self._loss.forward(self._network.forward(x, training), labels)
        self._network.backward(self._loss.backward())
        return loss
