"""The strip of explanations below an annotated picture."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.explanation import Explanation
from emotion.explanation_strip import add_explanations, overlay
from emotion.face import Face
from emotion.labels import EMOTIONS


@pytest.fixture
def explanation() -> Explanation:
    """The explanation of a face that is white, and not square."""
    return Explanation(np.full((80, 60), 255, np.uint8), np.eye(48, dtype=np.float32))


def face_at(x: int, y: int, emotion: str) -> Face:
    """A face of 80 x 80 pixels."""
    return Face((x, y, 80, 80), 2.0, emotion, 0.9, False, dict.fromkeys(EMOTIONS, 0.1))


def test_strip_is_below_the_picture(explanation: Explanation) -> None:
    annotated = np.full((900, 1200, 3), 200, np.uint8)
    faces = [face_at(20, 20, "happy"), face_at(150, 200, "fear")]
    result = add_explanations(annotated, faces, [explanation] * 2)
    assert result.dtype == np.uint8
    assert result.shape[1] == 1200
    np.testing.assert_array_equal(result[:900], annotated)
    white = (result[900:] == 255).all(axis=2)
    assert white[50:200, 50:200].all()  # the first face
    colourful = np.ptp(result[900:].astype(int), axis=2) > 30
    assert colourful[:, :600].any()  # two pairs side by side
    one = add_explanations(annotated, faces[:1], [explanation])
    assert one.shape == result.shape
    np.testing.assert_array_equal(one[900:, :300], result[900:, :300])
    assert (one != result).any()


def test_many_faces_take_several_rows(explanation: Explanation) -> None:
    annotated = np.zeros((100, 960, 3), np.uint8)
    heights = []
    for count in (1, 4):
        faces = [face_at(9 * i, 5 * i, "anger") for i in range(count)]
        heights.append(len(add_explanations(annotated, faces, [explanation] * count)) - 100)
    assert heights[1] == 2 * heights[0]


def test_narrow_pictures_get_a_border(explanation: Explanation) -> None:
    annotated = np.full((960, 60, 3), 200, np.uint8)
    result = add_explanations(annotated, [face_at(20, 20, "happy")], [explanation])
    np.testing.assert_array_equal(result[:960, :60], annotated)
    assert result.shape[1] > 200


def test_picture_without_faces_stays_as_it_is() -> None:
    picture = np.zeros((30, 40, 3), np.uint8)
    assert add_explanations(picture, [], []) is picture


def test_overlay_leaves_cold_places_gray() -> None:
    heat = np.zeros((8, 8), np.float32)
    heat[2, 3] = 1
    mixed = overlay(np.full((30, 30), 100, np.uint8), heat, side=8)
    assert (mixed[heat == 0] == 100).all()
    blue, _, red = mixed[2, 3].astype(int)
    assert red > blue
    assert overlay(np.full((30, 20), 100, np.uint8), heat, side=50).shape == (50, 50, 3)
