"""Explanations of answers: range, dependence on emotion and weights, symmetry, and input that is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emotion.cropping import crop_face
from emotion.errors import InputError
from emotion.explanation import explain, explain_faces
from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import NETWORKS, build_network, input_shape
from emotion.recognizer import EmotionRecognizer
from emotion.synthetic import load_drawn
from npcnn import ELU, Conv2D, Dense, Flatten, MaxPool2D, Sequential


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """A drawn person with all emotions, (8, 64, 64) uint8."""
    return load_drawn(1, seed=0).faces


@pytest.fixture(scope="module", params=NETWORKS)
def random_recognizer(request: pytest.FixtureRequest) -> EmotionRecognizer:
    """A recogniser with random weights, for each network."""
    return EmotionRecognizer(build_network(request.param, 0), Metadata(request.param, input_shape(request.param)[1]))


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's correlation of two maps."""
    ranks = [values.ravel().argsort().argsort() for values in (a, b)]
    return float(np.corrcoef(ranks)[0, 1])


def test_map_has_the_size_of_the_input_and_reaches_from_0_to_1(
    random_recognizer: EmotionRecognizer, faces: np.ndarray
) -> None:
    size = random_recognizer.metadata.input_size
    heat = explain(random_recognizer, faces[0][:50, :60], "fear")
    assert (heat.shape, heat.dtype) == ((size, size), np.float32)
    assert heat.min() >= 0
    assert heat.max() == 1


def test_map_depends_on_the_emotion(random_recognizer: EmotionRecognizer, faces: np.ndarray) -> None:
    maps = [explain(random_recognizer, faces[1], emotion) for emotion in EMOTIONS]
    correlations = [rank_correlation(maps[i], maps[j]) for i in range(8) for j in range(i)]
    assert np.mean(correlations) < 0.5
    answer = random_recognizer.classify(faces[1:2])[0].argmax()
    np.testing.assert_array_equal(explain(random_recognizer, faces[1]), maps[answer])


def test_mirrored_face_has_the_mirrored_map(random_recognizer: EmotionRecognizer, faces: np.ndarray) -> None:
    heat, mirrored = (explain(random_recognizer, face, "happy") for face in (faces[5], faces[5][:, ::-1]))
    np.testing.assert_allclose(mirrored[:, ::-1], heat, atol=1e-4)
    assert np.abs(mirrored - heat).max() > 0.01


def test_map_depends_on_the_weights(faces: np.ndarray) -> None:
    trained = EmotionRecognizer.load(network="original")
    untrained = EmotionRecognizer(build_network("original", 0))
    correlations = [
        rank_correlation(explain(trained, face, emotion), explain(untrained, face, emotion))
        for face, emotion in zip(faces, EMOTIONS, strict=True)
    ]
    assert abs(np.mean(correlations)) < 0.3


def test_map_is_zero_where_the_network_does_not_look(faces: np.ndarray) -> None:
    network = Sequential(Conv2D(1, 4, 3, rng=0), MaxPool2D(16), ELU(), Flatten(), Dense(64, 8, 0))
    network[4].params["w"].reshape(4, 4, 4, 8)[:, 2:] = 0  # the lower half
    heat = explain(EmotionRecognizer(network), faces[0], "sadness")
    assert heat[:32].max() == 1
    assert (heat[40:] == 0).all()  # rows 32 to 39 are interpolated


def test_map_is_zero_if_nothing_speaks_for_the_emotion(faces: np.ndarray) -> None:
    network = build_network("original", 0)
    network[-1].params["w"][:] = 0
    assert (explain(EmotionRecognizer(network), faces[0], "anger") == 0).all()


def test_threads_share_a_recognizer(faces: np.ndarray) -> None:
    recognizer = EmotionRecognizer(build_network("original", 0))
    expected = [explain(recognizer, face) for face in faces[:4]]
    with ThreadPoolExecutor(4) as pool:
        for heat, alone in zip(pool.map(lambda face: explain(recognizer, face), faces[:4]), expected, strict=True):
            np.testing.assert_array_equal(heat, alone)


def test_crop_that_was_classified_is_explained(faces: np.ndarray) -> None:
    recognizer = EmotionRecognizer(build_network("original", 0))
    picture = faces[2][:, 10:50]
    (whole,) = recognizer.recognize_faces([picture])
    (part,) = recognizer.recognize(picture, boxes=[(5, 10, 30, 30)])
    for face, whole_image, crop in ((whole, True, picture), (part, False, crop_face(picture, part.box))):
        (explanation,) = explain_faces(recognizer, picture, [face], whole_image)
        np.testing.assert_array_equal(explanation.crop, crop)
        np.testing.assert_array_equal(explanation.heat, explain(recognizer, crop, face.emotion))


def test_invalid_input(faces: np.ndarray) -> None:
    recognizer = EmotionRecognizer(build_network("original", 0))
    with pytest.raises(InputError, match="unknown emotion 'hunger'"):
        explain(recognizer, faces[0], "hunger")
    with pytest.raises(InputError, match="gray array"):
        explain(recognizer, np.zeros((48, 48, 3), np.uint8), "happy")
