"""The strip of explanations below an annotated picture."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.explanation_strip import add_explanations, overlay
from emotion.labels import EMOTIONS
from emotion.networks.original import build_network
from emotion.recognizer import EmotionRecognizer, Face


@pytest.fixture(scope="module")
def recognizer() -> EmotionRecognizer:
    """A recogniser with random weights."""
    return EmotionRecognizer(build_network(0))


@pytest.fixture
def picture() -> np.ndarray:
    """Noise, (300, 400, 3) BGR uint8."""
    return np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)


def face_at(x: int, y: int, emotion: str) -> Face:
    """A face of 80 x 80 pixels."""
    return Face((x, y, 80, 80), 2.0, emotion, 0.9, False, dict.fromkeys(EMOTIONS, 0.1))


def test_strip_is_below_the_picture(picture: np.ndarray, recognizer: EmotionRecognizer) -> None:
    annotated = np.full((900, 1200, 3), 200, np.uint8)
    faces = [face_at(20, 20, "happy"), face_at(150, 200, "fear")]
    result = add_explanations(annotated, picture, faces, recognizer)
    assert result.dtype == np.uint8
    assert result.shape[1] == 1200
    np.testing.assert_array_equal(result[:900], annotated)
    colourful = np.ptp(result[900:].astype(int), axis=2) > 30
    assert colourful[:, :600].any()  # two pairs side by side
    one = add_explanations(annotated, picture, faces[:1], recognizer)
    assert one.shape == result.shape
    np.testing.assert_array_equal(one[900:, :300], result[900:, :300])
    assert (one != result).any()


def test_many_faces_take_several_rows(picture: np.ndarray, recognizer: EmotionRecognizer) -> None:
    annotated = np.zeros((100, 960, 3), np.uint8)
    heights = [
        len(add_explanations(annotated, picture, [face_at(9 * i, 5 * i, "anger") for i in range(count)], recognizer))
        - 100
        for count in (1, 4)
    ]
    assert heights[1] == 2 * heights[0]


def test_narrow_pictures_get_a_border(picture: np.ndarray, recognizer: EmotionRecognizer) -> None:
    annotated = np.full((960, 60, 3), 200, np.uint8)
    result = add_explanations(annotated, picture, [face_at(20, 20, "happy")], recognizer)
    np.testing.assert_array_equal(result[:960, :60], annotated)
    assert result.shape[1] > 200


def test_picture_without_faces_stays_as_it_is(picture: np.ndarray, recognizer: EmotionRecognizer) -> None:
    assert add_explanations(picture, picture, [], recognizer) is picture


def test_overlay_leaves_cold_places_gray() -> None:
    face = np.full((8, 8), 100, np.uint8)
    heat = np.zeros((8, 8), np.float32)
    heat[2, 3] = 1
    mixed = overlay(face, heat)
    assert (mixed[heat == 0] == 100).all()
    blue, _, red = mixed[2, 3].astype(int)
    assert red > blue
