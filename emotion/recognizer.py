"""A picture in, the faces in it with their emotions out."""

from __future__ import annotations

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
    from npcnn import Sequential
    from npcnn.inference.engine import Engine

CHUNK = 64  # faces classified at a time, which bounds the memory taken
FEW = 16  # faces that plain NumPy has classified before a compiler would be loaded

_PACKAGE = Path(__file__).parent
SHIPPED_WEIGHTS = (_PACKAGE / "weights" / "emotion.npz", _PACKAGE.parent / "weights" / "emotion.npz")
"""Where the trained weights lie: in an installed package, or at the top of a checkout."""


@dataclass(frozen=True)
class Face:
    """A face and what it shows.

    box: x and y of the upper left corner, width, height, in pixels; may reach a little beyond the picture.
    score: how clearly it is a face, see `emotion.detection.Detection`.
    emotion: the most probable emotion.
    confidence: its probability.
    probabilities: of all eight emotions, by name, in the order of ``EMOTIONS``; they sum to 1.
    """

    box: Box
    score: float
    emotion: str
    confidence: float
    probabilities: dict[str, float]


class EmotionRecognizer:
    """Finds faces with the Haar cascade and tells their emotions with a network of `emotion.networks.original`."""

    def __init__(self, network: Sequential) -> None:
        self.network = network

    @cached_property
    def _compiled(self) -> Engine:
        """The network with the weights that it has when this is first used."""
        from emotion.networks.original import INPUT_SHAPE
        from npcnn import compile_network

        return compile_network(self.network, INPUT_SHAPE)

    @classmethod
    def load(cls, path: str | os.PathLike | None = None) -> EmotionRecognizer:
        """A recogniser with the weights (.npz) at ``path``, by default those that come with the package.

        Raises `npcnn.serialization.WeightsError` when they are missing, damaged or for another network, and InputError
        when none came with the package.
        """
        from emotion.networks.original import build_network
        from npcnn.serialization import load_weights

        network = build_network()
        load_weights(network, shipped_weights() if path is None else Path(path))
        return cls(network)

    def recognize(
        self, picture: str | os.PathLike | NDArray[np.uint8] | NDArray[np.uint16], min_score: float = MIN_SCORE
    ) -> list[Face]:
        """The faces in a picture, from left to right; an empty list when there is none.

        picture: a file's path, or an array: gray (H, W), BGR (H, W, 3) or BGRA (H, W, 4), uint8 or uint16.
        min_score: less lets fainter faces through, and more that is no face.
        Raises InputError for a file or an array that is no picture.
        """
        gray = to_gray(read_picture(picture) if isinstance(picture, (str, os.PathLike)) else picture)
        detections = sorted(find_faces(gray, min_score), key=lambda detection: detection.box)
        probabilities = self.classify([crop_face(gray, detection.box) for detection in detections])
        return [
            Face(
                box=detection.box,
                score=detection.score,
                emotion=EMOTIONS[row.argmax()],
                confidence=float(row.max()),
                probabilities=dict(zip(EMOTIONS, row.tolist(), strict=True)),
            )
            for detection, row in zip(detections, probabilities, strict=True)
        ]

    def classify(self, faces: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities of the eight emotions, (N, 8) float32, for N face crops.

        faces: gray uint8 crops (H, W) of any size, in a sequence or an array (N, H, W), framed as `crop_face` does.
        Each face is shown to the network twice, the second time mirrored, and the logits are averaged.
        Raises InputError, naming the first face that is something else.
        """
        from npcnn import predict, softmax, use_backend

        for index, face in enumerate(faces):
            _check_crop(index, face)
        probabilities = np.empty((len(faces), len(EMOTIONS)), np.float32)
        for start in range(0, len(faces), CHUNK):
            chunk = slice(start, start + CHUNK)
            x = prepare_faces(faces[chunk])
            both = np.concatenate([x, x[..., ::-1]])
            if len(faces) <= FEW:
                with use_backend("reference"):
                    logits = predict(self.network, both)
            else:
                logits = self._compiled.predict(both)
            probabilities[chunk] = softmax((logits[: len(x)] + logits[len(x) :]) / 2)
        return probabilities


def shipped_weights() -> Path:
    """The trained weights of an installed package, else those of the checkout; InputError when both are missing."""
    for path in SHIPPED_WEIGHTS:
        if path.is_file():
            return path
    raise InputError(f"{SHIPPED_WEIGHTS[-1]}: the trained weights are missing; train some or give their path")


def _check_crop(index: int, face: object) -> None:
    if not isinstance(face, np.ndarray) or face.ndim != 2 or face.size == 0:
        raise InputError(f"face {index}: a crop is a gray array (H, W), not one of shape {np.shape(face)}")
    if face.dtype != np.uint8:
        raise InputError(f"face {index}: a crop's pixels are uint8 (0 ... 255), not {face.dtype}")
