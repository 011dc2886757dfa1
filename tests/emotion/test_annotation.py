import itertools

import numpy as np
import pytest

from emotion.annotation import COLOURS, LEGIBLE_SIZE, UNCERTAIN, _label_box, _panel_box, draw_faces
from emotion.detection import common_area
from emotion.labels import EMOTIONS
from emotion.recognizer import Face


def face(box, emotion="happy", confidence=0.93, uncertain=False):
    probabilities = dict.fromkeys(EMOTIONS, (1 - confidence) / 7) | {emotion: confidence}
    return Face(box, 3.0, emotion, confidence, uncertain, probabilities)


@pytest.fixture
def gray_wall():
    return np.full((800, 1000, 3), 120, np.uint8)


def test_every_emotion_has_a_distinct_colour():
    assert tuple(COLOURS) == EMOTIONS
    pairs = itertools.combinations([*COLOURS.values(), UNCERTAIN], 2)
    distances = [np.abs(np.subtract(a, b)).sum() for a, b in pairs]
    assert min(distances) > 60


def test_input_picture_is_not_modified(gray_wall):
    before = gray_wall.copy()
    drawn = draw_faces(gray_wall, [face((300, 300, 150, 150))])
    assert np.array_equal(gray_wall, before)
    assert drawn.shape == gray_wall.shape
    assert drawn.dtype == np.uint8


def test_no_faces_draws_nothing(gray_wall):
    assert np.array_equal(draw_faces(gray_wall, []), gray_wall)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_box_and_label_have_the_colour_of_the_emotion(gray_wall, emotion):
    drawn = draw_faces(gray_wall, [face((300, 300, 150, 150), emotion)])
    coloured = (drawn == COLOURS[emotion]).all(axis=2)
    assert coloured[300, 300:450].all()  # the box
    assert coloured[300:450, 300].all()
    assert coloured[275:299, 300:400].mean() > 0.5  # the label's background
    inside = drawn[320:430, 320:430]
    assert (inside == 120).all()  # the face is not covered


def test_an_uncertain_face_is_dashed_gray_with_a_question_mark(gray_wall):
    box = (300, 300, 150, 150)
    drawn = draw_faces(gray_wall, [face(box, "sadness", 0.38, uncertain=True)])
    gray = (drawn == UNCERTAIN).all(axis=2)
    for edge in (gray[300, 300:451], gray[450, 300:451], gray[300:451, 300], gray[300:451, 450]):
        assert 0.4 < edge.mean() < 0.8
        assert np.diff(edge.astype(int)).any()
        assert edge[0]
        assert edge[-1]
    assert gray[275:299, 300:400].mean() > 0.5  # the label's background
    certain = _label_box(gray_wall, box, face(box, "sadness", 0.38))
    assert _label_box(gray_wall, box, face(box, "sadness", 0.38, uncertain=True))[2] > certain[2]


def test_bar_lengths_are_proportional_to_probabilities(gray_wall):
    probabilities = dict(zip(EMOTIONS, (0.05, 0.1, 0.0, 0.0, 0.0, 0.5, 0.1, 0.25), strict=True))
    one = Face((300, 300, 170, 170), 3.0, "happy", 0.5, False, probabilities)
    panel = draw_faces(gray_wall, [one])[300:475, 476:]

    def length(emotion):
        runs = (panel[:, 30:] == COLOURS[emotion]).all(axis=2).sum(axis=1)
        return runs.max()

    assert length("fear") <= 1  # zero is drawn as a one-pixel line
    assert length("happy") == pytest.approx(2 * length("surprise"), abs=3)
    assert length("surprise") == pytest.approx(2.5 * length("anger"), abs=4)


def overlapping_faces():
    return [(10, 10, 120, 120), (160, 30, 110, 110), (20, 180, 100, 100), (500, 300, 90, 90), (620, 310, 100, 100)]


def test_panels_do_not_overlap_faces_or_each_other(gray_wall):
    boxes = overlapping_faces()
    labels = [_label_box(gray_wall, box, face(box)) for box in boxes]
    panels = []
    for box in boxes:
        panels.append(_panel_box(gray_wall, box, boxes + labels + panels))
    for index, panel in enumerate(panels):
        for other in boxes + labels + panels[:index]:
            assert common_area(panel, other) == 0
        x, y, width, height = panel
        assert x >= 0
        assert y >= 0
        assert x + width <= 1000
        assert y + height <= 800


@pytest.mark.parametrize("box", [(0, 0, 60, 60), (940, 0, 60, 60), (-8, 745, 60, 60), (945, 745, 60, 60)])
def test_labels_stay_inside_the_picture(gray_wall, box):
    x, y, width, height = _label_box(gray_wall, box, face(box, "surprise", 1.0))
    assert 0 <= x <= 1000 - width
    assert 0 <= y <= 800 - height
    draw_faces(gray_wall, [face(box)])


@pytest.mark.parametrize("shape", [(12, 12), (48, 48, 3), (30, 200, 4), (200, 30), (5, 900)])
def test_small_pictures_are_enlarged(shape):
    picture = np.full(shape, 200, np.uint8)
    side = min(shape[:2])
    drawn = draw_faces(picture, [face((0, 0, side, side))])
    assert max(drawn.shape[:2]) == max(LEGIBLE_SIZE, *shape[:2])
    assert drawn.shape[2] == 3
    assert (drawn == COLOURS["happy"]).all(axis=2).any()


def test_a_face_that_fills_the_picture_stays_mostly_visible():
    picture = np.full((640, 640, 3), 120, np.uint8)
    drawn = draw_faces(picture, [face((20, 20, 600, 600))])
    assert (drawn[20:620, 20:620] == 120).all(axis=2).mean() > 0.9


def test_text_size_grows_with_the_picture():
    small, large = (np.full((size, size, 3), 120, np.uint8) for size in (1000, 4000))
    label_small = _label_box(small, (300, 300, 150, 150), face((0, 0, 1, 1)))
    label_large = _label_box(large, (1200, 1200, 600, 600), face((0, 0, 1, 1)))
    assert label_large[3] == pytest.approx(4 * label_small[3], abs=4)
