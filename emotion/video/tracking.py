"""Faces followed from frame to frame: each keeps its number while it is in view, and through short losses.

The cascade searches the whole frame only now and then; in between, it searches around each known face for boxes of
about its size. A face that has been found clearly once is also followed while its score is lower, as in Zhang et al.,
ByteTrack: Multi-object tracking by associating every detection box (ECCV 2022). All rules are in seconds and in sizes
of the face, not in frames and pixels, so they do not depend on the frame rate or the resolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from emotion.cropping import Box
from emotion.detection import MIN_SCORE, Detection, find_faces, find_faces_in, suppress_overlaps

SEARCH_INTERVAL = 0.5
"""Seconds between two searches of the whole frame."""

LOST_INTERVAL = 0.1
"""The same while a face is lost."""

THOROUGH_INTERVAL = 2.0
"""Seconds between two thorough searches, for faces that fill the frame, while there is no face."""

MEMORY = 1.0
"""Seconds for which a face that is not found is remembered."""

TOLERANCE = 1.0
"""By how much the score of a known face may be below the minimum, for at most ``MEMORY`` seconds."""

_SEARCH_SIZES = 160, 640  # of the copy that is searched; smaller than that of a single picture, for speed
_REACH, _REACH_GROWTH, _MAX_REACH = 0.3, 2.0, 1.5  # sizes of the face: at once, for each second, at most
_GROWTH, _GROWTH_RATE = 1.2, 0.5  # factor by which a box may grow or shrink: at once, added for each second
_VELOCITY_TIME = 0.2  # time constant of the moving average of the velocity, in seconds
_COASTING_TIME = 0.5  # time constant with which a face that is not found slows down, in seconds


@dataclass
class _Track:
    """A face that is followed."""

    id: int
    box: Box
    found: float  # time when it was last found
    clear: float  # time when it was last found with the minimum score
    velocity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))  # of the centre, pixels per second

    def expected(self, time: float) -> NDArray[np.float64]:
        """Where its centre should be: it goes on with its velocity, ever slower."""
        elapsed = time - self.found
        return _centre(self.box) + self.velocity * _COASTING_TIME * (1 - np.exp(-elapsed / _COASTING_TIME))

    def reach(self, time: float) -> float:
        """How far from there it may be, in sizes of the face."""
        return min(_REACH + _REACH_GROWTH * (time - self.found), _MAX_REACH)

    def growth(self, time: float) -> float:
        """By which factor it may have grown or shrunk."""
        return min(_GROWTH + _GROWTH_RATE * (time - self.found), 2 * _GROWTH)

    def distance(self, detection: Detection, time: float) -> float:
        """Distance of a detection from where the face is expected, in sizes of the face; infinite if out of reach."""
        size = self.box[2]
        distance = float(np.linalg.norm(_centre(detection.box) - self.expected(time))) / size
        ratio = max(detection.box[2] / size, size / detection.box[2])
        return distance if distance <= self.reach(time) and ratio <= self.growth(time) else np.inf

    def update(self, detection: Detection, time: float, is_clear: bool) -> None:
        """Note where it has been found."""
        elapsed = time - self.found
        if elapsed > 0:
            measured = (_centre(detection.box) - _centre(self.box)) / elapsed
            self.velocity += (1 - np.exp(-elapsed / _VELOCITY_TIME)) * (measured - self.velocity)
        self.box, self.found = detection.box, time
        if is_clear:
            self.clear = time


class FaceTracker:
    """Follows the faces of one video, whose frames are given in order.

    min_score: the minimum detection score of a new face.
    """

    def __init__(self, min_score: float = MIN_SCORE) -> None:
        self._min_score = min_score
        self._tracks: list[_Track] = []
        self._faces = 0  # found so far
        self._searched = self._searched_thoroughly = -np.inf  # times of the last searches of a whole frame

    def update(self, gray: NDArray[np.uint8], time: float) -> list[tuple[int, Detection]]:
        """Return the faces found in the next frame, (H, W) uint8, with their numbers, which count from 1.

        time: of the frame, in seconds; later than that of the frame before.
        """
        detections = suppress_overlaps([found for track in self._tracks for found in self._near(track, gray, time)])
        matches = self._match(detections, time)
        lost = any(track.id not in matches for track in self._tracks)
        if time - self._searched >= (LOST_INTERVAL if lost else SEARCH_INTERVAL):
            detections = suppress_overlaps(detections + self._search(gray, time))
            matches = self._match(detections, time)
        for track in self._tracks:
            if track.id in matches:
                detection = matches[track.id]
                track.update(detection, time, detection.score >= self._min_score)
        known = {detection.box for detection in matches.values()}
        for detection in sorted(detections, key=lambda detection: detection.box):  # from left to right
            if detection.box not in known and detection.score >= self._min_score:
                self._faces += 1
                self._tracks.append(_Track(self._faces, detection.box, time, time))
                matches[self._faces] = detection
        self._tracks = [track for track in self._tracks if track.id in matches or time - track.found < MEMORY]
        return sorted(matches.items())

    @property
    def known(self) -> set[int]:
        """The numbers of the faces in view, and of those that may still come back."""
        return {track.id for track in self._tracks}

    def _near(self, track: _Track, gray: NDArray[np.uint8], time: float) -> list[Detection]:
        """Search around the place where a face is expected."""
        limit = np.array(gray.shape[::-1]) - 1
        size, growth = track.box[2], track.growth(time)
        radius = size * (track.reach(time) + growth / 2)
        left, top = np.round(np.clip(track.expected(time), 0, limit) - radius).astype(int).tolist()
        side = max(1, round(2 * radius))
        least = self._min_score - (TOLERANCE if time - track.clear < MEMORY else 0.0)
        return find_faces_in(gray, (left, top, side, side), (size / growth, size * growth), least)

    def _search(self, gray: NDArray[np.uint8], time: float) -> list[Detection]:
        """Search the whole frame."""
        thorough = not self._tracks and time - self._searched_thoroughly >= THOROUGH_INTERVAL
        self._searched = time
        if thorough:
            self._searched_thoroughly = time
        return find_faces(gray, self._min_score, _SEARCH_SIZES, border=0.0, thorough=thorough)

    def _match(self, detections: Sequence[Detection], time: float) -> dict[int, Detection]:
        """Return the detection of each face that is found: pairs of the smallest distance first."""
        pairs = [
            (track.distance(detection, time), track.id, index)
            for track, (index, detection) in product(self._tracks, enumerate(detections))
        ]
        matches: dict[int, Detection] = {}
        free = set(range(len(detections)))
        for distance, face, index in sorted(pairs):
            if distance < np.inf and face not in matches and index in free:
                matches[face] = detections[index]
                free.remove(index)
        return matches


def _centre(box: Box) -> NDArray[np.float64]:
    return np.array([box[0] + box[2] / 2, box[1] + box[3] / 2])
