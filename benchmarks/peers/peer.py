"""The one interface behind which each framework computes."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

Weights = dict[str, NDArray]
"""Parameters under npcnn's names, in npcnn's layouts: convolutions (OC, C, KH, KW), dense (inputs, outputs)."""


class Peer(Protocol):
    """The emotion network with given weights, computed by so many threads.

    Faces x are (N, 1, 64, 64) float32 and labels (N,) int64, both as ``native`` returned them.
    """

    trains: bool
    """Whether there are ``gradients`` and ``train_step``."""

    def __init__(self, weights: Weights, threads: int, *variant: str) -> None: ...

    def native(self, array: NDArray) -> Any:
        """A NumPy array as the framework's own, so that converting it is not part of what is timed."""

    def infer(self, x: Any) -> NDArray:
        """Logits (N, 8), without dropout."""

    def gradients(self, x: Any, labels: Any) -> Weights:
        """Gradients of the mean cross-entropy for all weights, without dropout."""

    def train_step(self, x: Any, labels: Any) -> float:
        """Forward with dropout, mean cross-entropy, backward, and a step of Adam (its usual numbers); the loss."""
