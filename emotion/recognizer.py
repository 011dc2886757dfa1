"""The emotion recogniser: detects the faces in a picture and classifies their emotions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence, Sized
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.checks import check_crop, check_min_score, check_several, checked_boxes
from emotion.cropping import MIRRORED, Box, crop_face, crops_around
from emotion.detection import MIN_SCORE, average_boxes, find_faces
from emotion.errors import InputError
from emotion.face import Face, make_face
from emotion.labels import EMOTIONS
from emotion.networks import DEFAULT_NETWORK
from emotion.pictures import to_gray
from emotion.preprocessing import prepare_faces
from emotion.shipped_weights import shipped_weights
from emotion.sources import Color, Source, load_picture

if TYPE_CHECKING:
    from emotion.metadata import Metadata
    from npcnn import Sequential
    from npcnn.inference.engine import Engine

CLEAR = 0.8
"""An answer with a smaller probability may depend on the box of the face, which is never exact."""

BATCH_SIZE = 128  # crops that go through the network at a time, to bound memory use
_NUMPY_BATCH = 20  # crops at a time with plain NumPy, whose arrays then stay in the cache
SMALL_BATCH = 128  # up to this many, plain NumPy finishes before Numba would even be loaded
_MANY_PICTURES = 30  # so many pictures take longer with NumPy than loading Numba does


class EmotionRecognizer:
    """Detects faces with a Haar cascade and classifies them with one of the networks in `emotion.networks`.

    metadata: facts about the weights of the network; by default, those of a new original network.
    compiled: whether the compiled network computes all answers, which takes a second to load once and then a fraction
        of the time; None: only if it sees more than ``SMALL_BATCH`` crops at once. `expect_pictures` sets it.
    """

    def __init__(self, network: Sequential, metadata: Metadata | None = None, compiled: bool | None = None) -> None:
        from emotion.metadata import Metadata

        self.network = network
        self.compiled = compiled
        self.metadata = Metadata() if metadata is None else metadata

    def expect_pictures(self, number: int) -> None:
        """Let the compiled network compute all answers if so many pictures are worth loading it."""
        if number >= _MANY_PICTURES:
            self.compiled = True

    @cached_property
    def _compiled(self) -> Engine:
        """The network with the weights that it has when this is first used."""
        from npcnn import compile_network

        size = self.metadata.input_size
        return compile_network(self.network, (1, size, size))

    @classmethod
    def load(cls, path: str | os.PathLike | None = None, network: str = DEFAULT_NETWORK) -> EmotionRecognizer:
        """Create a recogniser with the weights (.npz) at ``path``, by default the included ones of ``network``.

        A file says for which network it is; ``network`` then plays no part. Raises `npcnn.serialization.WeightsError`
        if the file is missing, damaged or for another network, and InputError for an unknown network or if the package
        does not include weights.
        """
        from emotion.metadata import Metadata
        from emotion.networks import build_network
        from npcnn.serialization import load_metadata, load_weights

        path = shipped_weights(network) if path is None else Path(path)
        metadata = Metadata.from_dict(load_metadata(path), str(path))
        built = build_network(metadata.network)
        load_weights(built, path)
        return cls(built, metadata)

    def save(self, path: str | os.PathLike) -> None:
        """Write weights and metadata to ``path`` (.npz). Raises `npcnn.serialization.WeightsError` on failure."""
        from npcnn import save_weights

        save_weights(self.network, Path(path), self.metadata.to_dict())

    def recognize(
        self,
        picture: Source,
        min_score: float = MIN_SCORE,
        min_confidence: float | None = None,
        *,
        boxes: Sequence[Box] | NDArray | None = None,
        color: Color = "bgr",
    ) -> list[Face]:
        """Return the faces in a picture from left to right; an empty list if there are none.

        The probabilities are those of `classify` for the square of `emotion.cropping.crop_face` around the box of each
        face. If none of a face reaches ``CLEAR``, the network looks again: its outputs are averaged over the squares of
        `emotion.cropping.crops_around` around a box that `emotion.detection.average_boxes` makes of the first one.

        picture: a path, bytes, a binary file object, a NumPy array or a PIL image; see `emotion.sources.load_picture`.
        min_score: the minimum detection score; a lower value finds more faces but also more false positives.
        min_confidence: the probability below which an answer is uncertain; None takes the one stored with the weights.
        boxes: where the faces are, (x, y, width, height) in pixels each, if that is known. Nothing is detected then:
            there is one face for each box, in the same order and with the score None. The network sees the squares
            around these boxes.
        color: the order of the channels if the picture is an array, "bgr" or "rgb".
        Raises InputError if the file or array is not a picture, or if a box is not in it.
        """
        threshold = self.threshold(min_confidence)
        check_min_score(min_score)
        gray = to_gray(load_picture(picture, color))
        if boxes is None:
            detections = sorted(find_faces(gray, min_score), key=lambda detection: detection.box)
            located = [(detection.box, detection.score) for detection in detections]
        else:
            located = [(box, None) for box in checked_boxes(boxes, gray.shape)]
        rows = self.classify([crop_face(gray, box) for box, _ in located])
        unclear = np.flatnonzero(rows.max(axis=1) < CLEAR)
        unclear_boxes = [located[index][0] for index in unclear]
        if boxes is None:
            unclear_boxes = average_boxes(gray, unclear_boxes, min_score)
        rows[unclear] = self._look_again(gray, unclear_boxes)
        return [make_face(box, score, row, threshold) for (box, score), row in zip(located, rows, strict=True)]

    def _look_again(self, gray: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.float32]:
        """Return the probabilities (N, 8) for N boxes in a gray picture, from the squares of `crops_around`."""
        outputs = self._outputs([crop for box in boxes for crop in crops_around(gray, box)], MIRRORED * len(boxes))
        return self._probabilities(outputs.reshape(len(boxes), len(MIRRORED), len(EMOTIONS)).mean(axis=1))

    def recognize_many(
        self,
        pictures: Iterable[Source],
        min_score: float = MIN_SCORE,
        min_confidence: float | None = None,
        *,
        color: Color = "bgr",
        workers: int = 1,
    ) -> Iterator[list[Face] | InputError]:
        """Yield the faces of each picture, in order; the next picture is only read when its faces are asked for.

        A picture that cannot be processed does not end the iteration: it yields an InputError in place of its faces.
        If their number is known, as for a list, it is given to `expect_pictures`.
        workers: how many pictures are processed at the same time, each in a process of its own, which takes a second to
            start (see `emotion.pool`); a few more pictures are then read ahead. 1: in this process.
        For the other arguments see `recognize`; an InputError that is due to them is raised at once.
        """
        self.threshold(min_confidence)
        check_min_score(min_score)
        check_several(pictures)
        if workers < 1:
            raise InputError(f"workers is {workers}; it must be at least 1")
        if isinstance(pictures, Sized):
            self.expect_pictures(len(pictures))
        from emotion.recognition_task import RecognitionTask, portable

        task = RecognitionTask(self, min_score, min_confidence, color)
        if workers == 1:
            return map(task, pictures)
        from emotion.pool import map_in_processes

        return map_in_processes(task, (portable(picture, color) for picture in pictures), workers)

    def recognize_faces(
        self, pictures: Iterable[Source], min_confidence: float | None = None, *, color: Color = "bgr"
    ) -> list[Face]:
        """Return one face for each of several pictures that are crops of a face already; nothing is detected.

        The whole picture is resized to the square that the network sees, like the pictures of data sets, and is best
        framed like those: square, from the eyebrows to the chin. The score of each face is None. For the arguments see
        `recognize`; all faces are classified together, which is faster than one by one. Raises InputError, naming the
        first picture that is none.
        """
        threshold = self.threshold(min_confidence)
        check_several(pictures)
        crops = []
        for index, picture in enumerate(pictures):
            try:
                crops.append(to_gray(load_picture(picture, color)))
            except InputError as error:
                raise InputError(f"picture {index}: {error}") from error
        return [
            make_face((0, 0, crop.shape[1], crop.shape[0]), None, row, threshold)
            for crop, row in zip(crops, self.classify(crops), strict=True)
        ]

    def threshold(self, min_confidence: float | None) -> float:
        """Return the probability below which an answer is uncertain: the one given or, if None, the weights' own.

        Raises InputError if it is not a probability.
        """
        threshold = self.metadata.min_confidence if min_confidence is None else min_confidence
        if not 0 <= threshold <= 1:
            raise InputError(f"min_confidence is {min_confidence}; it must be between 0 and 1")
        return threshold

    def classify(
        self, faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], compiled: bool | None = None
    ) -> NDArray[np.float32]:
        """Return the probabilities of the eight emotions, (N, 8) float32, for N face crops.

        faces: gray uint8 crops (H, W) of any size, as a sequence or an array (N, H, W), framed as by `crop_face`.
        compiled: whether the compiled network computes them; None: as the recogniser does for all answers.
        Raises InputError, naming the first face that is not such a crop, and `npcnn.serialization.WeightsError` if the
        weights are so large that the probabilities are not finite.
        """
        return self._probabilities(self.logits(faces, compiled))

    def _probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the logits (N, 8) are after calibration. Raises WeightsError if that is not finite."""
        from npcnn import WeightsError, use_backend

        with use_backend("reference"), np.errstate(invalid="ignore"):
            probabilities = self.metadata.probabilities(logits)
        if not np.isfinite(probabilities).all():
            raise WeightsError("the weights give probabilities that are not numbers; copy or train them again")
        return probabilities

    def logits(
        self, faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], compiled: bool | None = None
    ) -> NDArray[np.float32]:
        """Return the outputs of the network, (N, 8) float32, as they are before calibration.

        The network sees each face and its mirror image, and the outputs are averaged. See `classify` for the arguments
        and the errors raised for them.
        """
        for index, face in enumerate(faces):
            check_crop(index, face)
        outputs = self._outputs([*faces, *faces], (False,) * len(faces) + (True,) * len(faces), compiled)
        return (outputs[: len(faces)] + outputs[len(faces) :]) / 2

    def _outputs(
        self, crops: Sequence[NDArray[np.uint8]], mirrored: Sequence[bool], compiled: bool | None = None
    ) -> NDArray[np.float32]:
        """Return the outputs of the network, (N, 8), for N crops, which it sees mirrored where that is true."""
        from npcnn import predict, use_backend

        outputs = np.empty((len(crops), len(EMOTIONS)), np.float32)
        if compiled is None:
            compiled = len(crops) > SMALL_BATCH if self.compiled is None else self.compiled
        with use_backend("kernels" if compiled else "reference"):
            for start in range(0, len(crops), BATCH_SIZE):
                batch = slice(start, start + BATCH_SIZE)
                x = prepare_faces(crops[batch], self.metadata.input_size)
                flip = np.array(mirrored[batch])
                x[flip] = x[flip, ..., ::-1]
                outputs[batch] = self._compiled.predict(x) if compiled else predict(self.network, x, _NUMPY_BATCH)
        return outputs
