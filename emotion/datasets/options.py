"""How labelled faces are read, whatever their layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from emotion.datasets.label_mapping import LabelMapping
from emotion.preprocessing import FACE_SIZE


@dataclass(frozen=True)
class LoadOptions:
    """The options of `emotion.datasets.load_dataset` as a loader gets them.

    size: height and width to which the faces are resized, in pixels.
    frames: the frames to use from each CK+ sequence, a key of ``cohn_kanade.FRAME_CHOICES``.
    votes: how FER+ votes become labels, one of ``votes.VOTE_RULES``.
    labels: what labels mean where the layout does not say so itself.
    track: wraps the pictures while they are read, to show progress.
    part: the part to load, one of ``parts.PARTS``; None if the data are not divided into parts.
    """

    size: int = FACE_SIZE
    frames: str = "first-middle-last"
    votes: str = "majority"
    labels: LabelMapping = field(default_factory=LabelMapping)
    track: Callable[[Iterable[Any]], Iterable[Any]] = iter
    part: str | None = None
