"""Recognise the emotions in a video."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from emotion.checks import check_min_score
from emotion.cropping import crop_face
from emotion.detection import MIN_SCORE
from emotion.face import make_face
from emotion.pictures import to_gray
from emotion.preprocessing import FACE_SIZE
from emotion.recognizer import EmotionRecognizer
from emotion.video.reader import FrameReader, open_video
from emotion.video.results import FrameResult, TrackedFace
from emotion.video.smoothing import TIME_CONSTANT, ProbabilityAverage, check_time_constant
from emotion.video.tracking import FaceTracker


class VideoRecognizer:
    """Recognises the emotions in one video, whose frames are given in order.

    recognizer: classifies the faces; by default with the included weights.
    time_constant: of the smoothing, in seconds; see `emotion.video.smoothing`.
    min_score: the minimum detection score of a new face; see `EmotionRecognizer.recognize`.
    min_confidence: the probability below which an answer is uncertain; None takes the one stored with the weights.
    The network is compiled here, once and for all; later it takes a second to load. Raises InputError for a value that
    is not possible.
    """

    def __init__(
        self,
        recognizer: EmotionRecognizer | None = None,
        time_constant: float = TIME_CONSTANT,
        min_score: float = MIN_SCORE,
        min_confidence: float | None = None,
    ) -> None:
        check_min_score(min_score)
        check_time_constant(time_constant)
        self._recognizer = EmotionRecognizer.load() if recognizer is None else recognizer
        self._threshold = self._recognizer.threshold(min_confidence)
        self._time_constant = time_constant
        self._tracker = FaceTracker(min_score)
        self._recognizer.classify(np.zeros((1, FACE_SIZE, FACE_SIZE), np.uint8), compiled=True)
        self._averages: dict[int, ProbabilityAverage] = {}

    def update(self, picture: NDArray[np.uint8], time: float) -> list[TrackedFace]:
        """Return the faces in the next frame, in the order of their numbers.

        picture: any array that `emotion.pictures.to_bgr` accepts.
        time: in seconds, later than that of the frame before.
        """
        gray = to_gray(picture)
        found = self._tracker.update(gray, time)
        known = self._tracker.known
        self._averages = {face: average for face, average in self._averages.items() if face in known}
        crops = [crop_face(gray, detection.box) for _, detection in found]
        rows = self._recognizer.classify(crops, compiled=True) if crops else []
        faces = []
        for (face, detection), row in zip(found, rows, strict=True):
            average = self._averages.setdefault(face, ProbabilityAverage(self._time_constant))
            answer = make_face(detection.box, detection.score, average.update(row, time), self._threshold)
            faces.append(TrackedFace(**vars(answer), id=face))
        return faces


def recognize_video(
    path: str | os.PathLike,
    recognizer: EmotionRecognizer | None = None,
    time_constant: float = TIME_CONSTANT,
    min_score: float = MIN_SCORE,
    min_confidence: float | None = None,
) -> Iterator[FrameResult]:
    """Return an iterator over the frames of a video file, each with its faces; it reads one frame after the other.

    See `VideoRecognizer` for the arguments. Warns at the end if the file is truncated. Raises InputError if it is not a
    video that can be read.
    """
    reader = open_video(path)
    return _results(reader, VideoRecognizer(recognizer, time_constant, min_score, min_confidence))


def _results(reader: FrameReader, video: VideoRecognizer) -> Iterator[FrameResult]:
    with reader:
        for number, time, picture in reader:
            yield FrameResult(number, time, video.update(picture, time))
    if reader.problem:
        warnings.warn(reader.problem, stacklevel=2)
