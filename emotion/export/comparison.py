"""Does ONNX Runtime compute what the recogniser computes?"""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto

from emotion.export.model import FACES
from emotion.preprocessing import prepare_faces
from emotion.recognizer import EmotionRecognizer

TOLERANCE = 1e-5
"""Largest difference of a probability that rounding explains."""


def largest_difference(model: ModelProto, recognizer: EmotionRecognizer, faces: NDArray[np.uint8]) -> float:
    """Return the largest difference of a probability, for gray crops (N, H, W) uint8."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(None, {FACES: prepare_faces(faces, recognizer.metadata.input_size)})
    return float(np.abs(probabilities - recognizer.classify(faces)).max())
