"""The interface that all frameworks implement."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

Weights = dict[str, NDArray]
"""Parameters and running statistics, with npcnn's names and layouts: convolutions (OC, C, KH, KW), dense layers
(inputs, outputs)."""


def is_parameter(name: str) -> bool:
    """Whether this is the name of weights that are trained, not of running statistics."""
    return not name.endswith(("/running_mean", "/running_var"))


class Peer(Protocol):
    """One of the networks in `emotion.networks`, with the given weights and number of threads.

    x: faces (N, 1, S, S) float32, and labels: (N,) int64, both converted by ``native``.
    """

    trains: bool
    """Whether the framework implements ``gradients`` and ``train_step``."""

    def __init__(self, network: str, weights: Weights, threads: int, *variant: str) -> None: ...

    def native(self, array: NDArray) -> Any:
        """Convert a NumPy array to the framework's own type; the conversion is not timed."""

    def infer(self, x: Any) -> NDArray:
        """Return logits (N, 8), without dropout."""

    def gradients(self, x: Any, labels: Any) -> Weights:
        """Return the gradients of the mean cross-entropy with respect to all weights, without dropout."""

    def train_step(self, x: Any, labels: Any) -> float:
        """Run forward with dropout, mean cross-entropy, backward and a default Adam step; return the loss."""
