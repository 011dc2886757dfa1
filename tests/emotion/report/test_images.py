"""The images of faces."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np

from emotion.explanation import Explanation
from emotion.face import Face
from emotion.labels import EMOTIONS
from emotion.report.images import face_images


def decoded(html: str) -> list[np.ndarray]:
    """The images in a piece of HTML."""
    data = [base64.b64decode(text) for text in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html)]
    return [cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) for jpeg in data]


def face_at(*box: int) -> Face:
    """A happy face."""
    return Face(box, 2.0, "happy", 0.9, False, dict.fromkeys(EMOTIONS, 0.1))


def test_faces_are_cut_out_as_far_as_they_are_in_the_picture() -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[100:200, 100:200] = 0, 0, 255
    faces = [face_at(100, 100, 100, 100), face_at(-10, 150, 200, 200), face_at(0, 0, 400, 300), face_at(390, 0, 30, 30)]
    ((red,), (left,), (whole,), (corner,)) = map(decoded, face_images(picture, faces))
    assert red.shape == (132, 132, 3)
    assert red[66, 66, 2] > 240
    assert red[66, 66, 0] < 20
    assert red[4, 4].max() < 20  # the margin
    assert left.shape == (109, 132, 3)  # of 190 x 230 pixels
    assert whole.shape == (99, 132, 3)
    assert corner.shape == (132, 59, 3)


def test_heat_map_is_beside_the_face() -> None:
    picture = np.full((300, 400, 3), 90, np.uint8)
    heats = [np.eye(48, dtype=np.float32), np.zeros((48, 48), np.float32)]
    explanations = [Explanation(np.full((100, 100), 200, np.uint8), heat) for heat in heats]
    warm, cold = face_images(picture, [face_at(100, 100, 100, 100)] * 2, explanations)
    assert 'alt="Heat map for happy"' in warm
    (_, bright), (_, gray) = decoded(warm), decoded(cold)
    assert bright.shape == gray.shape == (132, 132, 3)
    assert np.ptp(gray.astype(int), axis=2).max() < 8
    assert abs(gray.mean() - 200) < 2  # the crop that was explained
    assert np.ptp(bright[66, 66].astype(int)) > 30
