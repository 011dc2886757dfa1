"""The votes of FER+, ten taggers for each face, and the two ways to make labels of them.

E. Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label distribution"
(ICMI 2016, arXiv:1608.01041).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotion.errors import InputError
from emotion.labels import EMOTIONS, emotion_index

VOTE_RULES = ("majority", "distribution")
VOTE_COLUMNS = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF",
)  # fmt: skip
"""What is voted for, in the order of the files and of the columns of votes; NF is "not a face"."""

_COLUMN_OF_CLASS = np.argsort([emotion_index(name) for name in VOTE_COLUMNS[: len(EMOTIONS)]])


def parse_votes(where: str, fields: list[str]) -> list[int]:
    """The votes in a csv row's fields; InputError, beginning with ``where``, when one is no whole number."""
    if not all(field.isdecimal() for field in fields):
        raise InputError(f"{where}: the votes are {', '.join(fields)}; they must be whole numbers")
    return [int(field) for field in fields]


def label_votes(votes: ArrayLike, rule: str) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float32] | None]:
    """Labels for N faces from votes (N, 10): indices of the K faces kept (K,), labels (K,), distributions (K, 8).

    Single votes count as noise and are dropped first. "majority" (the rule of Barsoum et al.) keeps a face when one
    emotion has more than half of the votes left, and gives no distributions. "distribution" keeps it when all eight
    emotions together have more than half, the others being "unknown" and "not a face"; the distribution is the share
    of each among the emotion votes left, the label its largest (the first in order of ``EMOTIONS`` in a tie).

    Of the 28,558 faces in FER2013Train, "majority" keeps 25,045 and "distribution" 28,411; of the 3,579 in
    FER2013Valid, 3,191 and 3,558.
    """
    votes = np.asarray(votes).reshape(-1, len(VOTE_COLUMNS))
    votes = np.where(votes > 1, votes, 0)
    emotions = votes[:, _COLUMN_OF_CLASS]
    agreeing = emotions.max(axis=1) if rule == "majority" else emotions.sum(axis=1)
    kept = np.flatnonzero(2 * agreeing > votes.sum(axis=1))
    emotions = emotions[kept]
    labels = emotions.argmax(axis=1).astype(np.int64)
    if rule == "majority":
        return kept, labels, None
    return kept, labels, (emotions / emotions.sum(axis=1, keepdims=True)).astype(np.float32)
