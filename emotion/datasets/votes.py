"""The votes of FER+, by ten taggers for each face, and two ways to derive labels from them.

Source: E. Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label
distribution" (ICMI 2016, arXiv:1608.01041).
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
"""The columns of votes, in the order of the files; NF means "not a face"."""

_EMOTION_COLUMNS = np.argsort([emotion_index(name) for name in VOTE_COLUMNS[: len(EMOTIONS)]])


def parse_votes(where: str, fields: list[str]) -> list[int]:
    """Parse the votes in a CSV row. Raises InputError, beginning with ``where``, if one is not an integer."""
    if not all(field.isdecimal() for field in fields):
        raise InputError(f"{where}: the votes are {', '.join(fields)}; they must be integers")
    return [int(field) for field in fields]


def label_votes(votes: ArrayLike, rule: str) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float32] | None]:
    """Derive labels for N faces from their votes (N, 10).

    Single votes are considered noise and dropped first. The rule "majority" (Barsoum et al.) keeps a face if one
    emotion has more than half of the remaining votes; there are no distributions. The rule "distribution" keeps a face
    if the eight emotions together have more than half of the remaining votes, as opposed to "unknown" and "not a
    face". Its distribution is the share of each emotion among them, and its label the emotion with the largest share
    (in a tie, the first in the order of ``EMOTIONS``).

    Of the 28,558 faces in FER2013Train, "majority" keeps 25,045 and "distribution" 28,411; of the 3,579 in
    FER2013Valid, 3,191 and 3,558.

    Returns the indices of the K faces kept (K,), their labels (K,), and their distributions (K, 8) or None.
    """
    votes = np.asarray(votes).reshape(-1, len(VOTE_COLUMNS))
    votes = np.where(votes > 1, votes, 0)
    emotions = votes[:, _EMOTION_COLUMNS]
    supporting = emotions.max(axis=1) if rule == "majority" else emotions.sum(axis=1)
    kept = np.flatnonzero(2 * supporting > votes.sum(axis=1))
    emotions = emotions[kept]
    labels = emotions.argmax(axis=1).astype(np.int64)
    if rule == "majority":
        return kept, labels, None
    return kept, labels, (emotions / emotions.sum(axis=1, keepdims=True)).astype(np.float32)
