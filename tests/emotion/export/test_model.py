"""The exported model gives the probabilities of the recogniser, for any number of faces, and describes itself."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import NETWORKS, build_network, input_shape
from emotion.preprocessing import prepare_faces
from emotion.recognizer import EmotionRecognizer

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

SHARES = (0.3, 0.2, 0.05, 0.05, 0.1, 0.1, 0.15, 0.05)


def recognizer_for(name: str) -> EmotionRecognizer:
    """A recogniser with random weights and statistics, and a calibration that changes the answers."""
    network = build_network(name, 0)
    rng = np.random.default_rng(1)
    for statistics in network.buffers.values():
        statistics[...] += rng.uniform(0.1, 0.5, statistics.shape)
    size = input_shape(name)[1]
    metadata = Metadata(name, size, command="train", class_shares=SHARES, prior_share=0.7, temperature=0.6)
    return EmotionRecognizer(network, metadata)


@pytest.fixture(scope="module", params=NETWORKS)
def recognizer(request: pytest.FixtureRequest) -> EmotionRecognizer:
    """One for each network."""
    return recognizer_for(request.param)


def session_of(recognizer: EmotionRecognizer) -> onnxruntime.InferenceSession:
    """The exported model, loaded."""
    from emotion.export.model import to_onnx

    return onnxruntime.InferenceSession(to_onnx(recognizer).SerializeToString(), providers=["CPUExecutionProvider"])


def test_probabilities_are_those_of_the_recognizer(recognizer: EmotionRecognizer) -> None:
    session, size = session_of(recognizer), recognizer.metadata.input_size
    faces = np.random.default_rng(2).integers(0, 256, (5, 50, 50), np.uint8)
    expected = recognizer.classify(faces)
    assert np.ptp(expected, axis=0).max() > 0.01  # the faces give different answers
    for count in (1, 5):
        (probabilities,) = session.run(["probabilities"], {"faces": prepare_faces(faces[:count], size)})
        np.testing.assert_allclose(probabilities, expected[:count], rtol=0, atol=1e-5)


def test_comparison_finds_a_difference(recognizer: EmotionRecognizer) -> None:
    from emotion.export.comparison import TOLERANCE, largest_difference
    from emotion.export.model import to_onnx

    faces = np.random.default_rng(2).integers(0, 256, (2, 50, 50), np.uint8)
    model = to_onnx(recognizer)
    assert largest_difference(model, recognizer, faces) <= TOLERANCE
    other = EmotionRecognizer(recognizer.network, Metadata(recognizer.metadata.network, recognizer.metadata.input_size))
    assert largest_difference(model, other, faces) > 100 * TOLERANCE


def test_model_describes_itself(recognizer: EmotionRecognizer) -> None:
    session, metadata = session_of(recognizer), recognizer.metadata
    facts = session.get_modelmeta().custom_metadata_map
    assert facts["labels"].split(",") == list(EMOTIONS)
    assert facts["network"] == metadata.network
    assert facts["input_size"] == str(metadata.input_size)
    assert f"{metadata.input_size} x {metadata.input_size} pixels" in facts["preprocessing"]
    assert facts["training_command"] == "train"
    (faces,), (probabilities,) = session.get_inputs(), session.get_outputs()
    assert (faces.name, faces.shape) == ("faces", ["N", 1, metadata.input_size, metadata.input_size])
    assert (probabilities.name, probabilities.shape) == ("probabilities", ["N", 8])
