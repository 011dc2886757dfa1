"""The emotion recogniser: detects the faces in a picture and classifies their emotions."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.detection import MIN_SCORE, Box, crop_face, find_faces
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.pictures import read_picture, to_gray
from emotion.preprocessing import prepare_faces

if TYPE_CHECKING:
    from emotion.metadata import Metadata
    from npcnn import Sequential
    from npcnn.inference.engine import Engine

BATCH_SIZE = 64  # faces classified at a time, to bound memory use
SMALL_BATCH = 16  # up to this many faces, plain NumPy finishes before Numba would even be loaded

DEFAULT_NETWORK = "original"

_PACKAGE = Path(__file__).parent
WEIGHT_FOLDERS = (_PACKAGE / "weights", _PACKAGE.parent / "weights")
"""Where the trained weights are: in an installed package, and at the top of a checkout."""


@dataclass(frozen=True)
class Face:
    """A detected face and its emotion.

    box: x and y of the upper left corner, width and height, in pixels; may extend slightly beyond the picture.
    score: the confidence of the detection; see `emotion.detection.Detection`.
    emotion: the most probable emotion.
    confidence: the probability of that emotion.
    uncertain: whether the confidence is below the threshold.
    probabilities: the probabilities of all eight emotions by name, in the order of ``EMOTIONS``; they sum to 1.
    """

    box: Box
    score: float
    emotion: str
    confidence: float
    uncertain: bool
    probabilities: dict[str, float]


class EmotionRecognizer:
    """Detects faces with a Haar cascade and classifies them with one of the networks in `emotion.networks`.

    metadata: facts about the weights of the network; by default, those of a new original network.
    """

    def __init__(self, network: Sequential, metadata: Metadata | None = None) -> None:
        from emotion.metadata import Metadata

        self.network = network
        self.metadata = Metadata() if metadata is None else metadata

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
        picture: str | os.PathLike | NDArray[np.uint8] | NDArray[np.uint16],
        min_score: float = MIN_SCORE,
        min_confidence: float | None = None,
    ) -> list[Face]:
        """Return the faces in a picture from left to right; an empty list if there are none.

        picture: a path, or an array: gray (H, W), BGR (H, W, 3) or BGRA (H, W, 4), uint8 or uint16.
        min_score: the minimum detection score; a lower value finds more faces but also more false positives.
        min_confidence: the probability below which an answer is uncertain; None takes the one stored with the weights.
        Raises InputError if the file or array is not a picture.
        """
        threshold = self.metadata.min_confidence if min_confidence is None else min_confidence
        if not 0 <= threshold <= 1:
            raise InputError(f"min_confidence is {min_confidence}; it must be between 0 and 1")
        if not math.isfinite(min_score):
            raise InputError(f"min_score is {min_score}; it must be a number, such as {MIN_SCORE}")
        gray = to_gray(read_picture(picture) if isinstance(picture, (str, os.PathLike)) else picture)
        detections = sorted(find_faces(gray, min_score), key=lambda detection: detection.box)
        probabilities = self.classify([crop_face(gray, detection.box) for detection in detections])
        return [
            Face(
                box=detection.box,
                score=detection.score,
                emotion=EMOTIONS[row.argmax()],
                confidence=float(row.max()),
                uncertain=bool(row.max() < threshold),
                probabilities=dict(zip(EMOTIONS, row.tolist(), strict=True)),
            )
            for detection, row in zip(detections, probabilities, strict=True)
        ]

    def classify(self, faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probabilities of the eight emotions, (N, 8) float32, for N face crops.

        faces: gray uint8 crops (H, W) of any size, as a sequence or an array (N, H, W), framed as by `crop_face`.
        Raises InputError, naming the first face that is not such a crop, and `npcnn.serialization.WeightsError` if the
        weights are so large that the probabilities are not finite.
        """
        from npcnn import WeightsError, use_backend

        logits = self.logits(faces)
        with use_backend("reference"), np.errstate(invalid="ignore"):
            probabilities = self.metadata.probabilities(logits)
        if not np.isfinite(probabilities).all():
            raise WeightsError("the weights give probabilities that are not numbers; copy or train them again")
        return probabilities

    def logits(self, faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the outputs of the network, (N, 8) float32, as they are before calibration.

        The network sees each face and its mirror image, and the outputs are averaged. See `classify` for the faces and
        the errors raised for them.
        """
        from npcnn import predict, use_backend

        for index, face in enumerate(faces):
            check_crop(index, face)
        logits = np.empty((len(faces), len(EMOTIONS)), np.float32)
        small = len(faces) <= SMALL_BATCH
        with use_backend("reference" if small else "kernels"):
            for start in range(0, len(faces), BATCH_SIZE):
                batch = slice(start, start + BATCH_SIZE)
                x = prepare_faces(faces[batch], self.metadata.input_size)
                both = np.concatenate([x, x[..., ::-1]])
                outputs = predict(self.network, both) if small else self._compiled.predict(both)
                logits[batch] = (outputs[: len(x)] + outputs[len(x) :]) / 2
        return logits


def shipped_weights(network: str = DEFAULT_NETWORK) -> Path:
    """Return the path of the trained weights of a network, in the package or the checkout.

    Raises InputError for an unknown network, or if there are no weights.
    """
    from emotion.networks import NETWORKS

    if network not in NETWORKS:
        raise InputError(f"unknown network {network!r}; choose from {', '.join(NETWORKS)}")
    paths = [folder / f"{network}.npz" for folder in WEIGHT_FOLDERS]
    for path in paths:
        if path.is_file():
            return path
    raise InputError(f"{paths[-1]}: the trained weights are missing; train a network or give the path of its weights")


def check_crop(index: int, face: object) -> None:
    """Raise InputError, naming the face by ``index``, unless it is a gray crop (H, W) uint8."""
    if not isinstance(face, np.ndarray) or face.ndim != 2 or face.size == 0:
        raise InputError(f"face {index}: a crop must be a gray array (H, W), not one of shape {np.shape(face)}")
    if face.dtype != np.uint8:
        raise InputError(f"face {index}: a crop's pixels must be uint8 (0 ... 255), not {face.dtype}")
