"""What a weight file says about itself: for which network it is, how it was made, how its outputs become answers."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS
from emotion.networks import NETWORKS, input_shape
from npcnn import WeightsError, softmax


@dataclass(frozen=True)
class Metadata:
    """Facts about trained weights.

    network: the name of the network, one of ``NETWORKS``.
    input_size: height and width of its input, in pixels.
    labels: the emotions, in the order of the network's outputs.
    command: the command that trained the weights.
    class_shares: (8,) the share of each emotion in what the network was trained on; they sum to 1.
    prior_share: the share of ``log(class_shares)`` to subtract from the logits, 0 to 1. A network learns how frequent
        each emotion is, too; where emotions are as frequent as each other, 1 is right (Menon et al., Long-tail
        learning via logit adjustment, arXiv:2007.07314).
    temperature: the number to divide the logits by, so that a confidence of 80% is right in 80% of the cases (Guo et
        al., On calibration of modern neural networks, arXiv:1706.04599).
    min_confidence: an answer with a smaller probability is uncertain.
    """

    network: str = "original"
    input_size: int = 64
    labels: tuple[str, ...] = EMOTIONS
    command: str = ""
    class_shares: tuple[float, ...] = (1 / len(EMOTIONS),) * len(EMOTIONS)
    prior_share: float = 0.0
    temperature: float = 1.0
    min_confidence: float = 0.0

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert logits (N, 8) to probabilities (N, 8): prior correction, temperature, softmax.

        Computed in double precision, so that finite logits cannot overflow.
        """
        return softmax((logits.astype(np.float64) - self.log_prior()) / self.temperature).astype(np.float32)

    def log_prior(self) -> NDArray[np.float64]:
        """Return what the prior correction subtracts from the logits, (8,)."""
        return self.prior_share * np.log(self.class_shares)

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON can express them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, given: dict[str, Any], origin: str) -> Metadata:
        """Create it from what ``to_dict`` returned; facts that are missing have their defaults.

        Raises WeightsError, naming ``origin``, for facts that cannot be true or that this version does not know.
        """
        names = {field.name for field in fields(cls)}
        if unknown := sorted(given.keys() - names):
            raise WeightsError(f"{origin} is of a newer version: it states {unknown[0][:40]!r}; update the program")
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        metadata = cls(**facts)
        if wrong := metadata._impossible():
            raise WeightsError(f"{origin} is damaged or for another program: its {wrong} cannot be used")
        return metadata

    def _impossible(self) -> str:
        """Return the name of a fact that cannot be true, or ""."""
        if self.network not in NETWORKS:
            return "network"
        shares = self.class_shares
        checks = {
            "input_size": type(self.input_size) is int and self.input_size == input_shape(self.network)[1],
            "labels": self.labels == EMOTIONS,
            "command": isinstance(self.command, str),
            "class_shares": isinstance(shares, tuple)
            and len(shares) == len(EMOTIONS)
            and all(_is_between(share, 1e-9, 1) for share in shares)
            and math.isclose(sum(shares), 1, abs_tol=1e-3),
            "prior_share": _is_between(self.prior_share, 0, 1),
            "temperature": _is_between(self.temperature, 0.01, 100),
            "min_confidence": _is_between(self.min_confidence, 0, 1),
        }
        return next((name for name, possible in checks.items() if not possible), "")


def _is_between(value: object, low: float, high: float) -> bool:
    """Whether it is a number in this range; NaN is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
