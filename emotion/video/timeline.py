"""Each person's emotions over time: means of the probabilities over short intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS
from emotion.video.results import FrameResult

INTERVAL = 0.1
"""Seconds over which probabilities are averaged; a long video needs little memory."""


@dataclass
class Person:
    """What is known of a person.

    start, end: time of the first and the last frame with the face, in seconds.
    frames: the number of frames with the face.
    """

    id: int
    start: float
    end: float
    frames: int = 0
    _sums: dict[int, NDArray[np.float64]] = field(default_factory=dict)  # by interval: sum of probabilities
    _counts: dict[int, int] = field(default_factory=dict)

    def add(self, time: float, probabilities: Iterable[float]) -> None:
        """Add a frame."""
        self.end = time
        self.frames += 1
        interval = int(time / INTERVAL)
        self._sums[interval] = self._sums.get(interval, 0) + np.fromiter(probabilities, float)
        self._counts[interval] = self._counts.get(interval, 0) + 1

    def means(self, step: int = 1) -> Iterator[tuple[float, NDArray[np.float64]]]:
        """Yield the start of each ``step`` intervals in which the face was seen, in seconds, and the mean (8,)."""
        merged: dict[int, list] = {}
        for interval, total in self._sums.items():
            part = merged.setdefault(interval // step, [np.zeros(len(EMOTIONS)), 0])
            part[0] += total
            part[1] += self._counts[interval]
        for number, (total, count) in sorted(merged.items()):
            yield number * step * INTERVAL, total / count

    def shares(self) -> dict[str, float]:
        """Return the share of the time for which each emotion was the most probable one, largest first, without 0."""
        winners = [self._sums[interval].argmax() for interval in self._sums]
        counts = np.bincount(winners, weights=[self._counts[interval] for interval in self._sums])
        shares = dict(zip(EMOTIONS, (counts / counts.sum()).tolist(), strict=False))
        return {emotion: share for emotion, share in sorted(shares.items(), key=lambda item: -item[1]) if share}


class Timeline:
    """All persons of a video.

    start, end: time of the first and the last frame, in seconds.
    frames: their number.
    """

    def __init__(self) -> None:
        self.persons: dict[int, Person] = {}
        self.start = self.end = 0.0
        self.frames = 0

    def add(self, result: FrameResult) -> None:
        """Add a frame."""
        self.start = self.start if self.frames else result.time
        self.end = result.time
        self.frames += 1
        for face in result.faces:
            person = self.persons.setdefault(face.id, Person(face.id, result.time, result.time))
            person.add(result.time, face.probabilities.values())

    @property
    def frame_seconds(self) -> float:
        """For how long a frame is shown, on average."""
        return (self.end - self.start) / (self.frames - 1) if self.frames > 1 else INTERVAL
