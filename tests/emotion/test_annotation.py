import itertools

import numpy as np
import pytest

from emotion.annotation import COLOURS, LEGIBLE_SIZE, UNCERTAIN, draw_faces, draw_labels
from emotion.face import Face
from emotion.labels import EMOTIONS


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


def test_labels_are_drawn_in_place_without_panels(gray_wall):
    draw_labels(gray_wall, [face((300, 300, 150, 150)), face((0, 0, 60, 60), "anger"), face((-20, 760, 90, 90))])
    assert (gray_wall[300, 300:450] == COLOURS["happy"]).all()
    assert (gray_wall[60, 1:60] == COLOURS["anger"]).all()
    assert (gray_wall[300:450, 460:] == 120).all()


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
    certain = (draw_faces(gray_wall, [face(box, "sadness", 0.38)]) == COLOURS["sadness"]).all(axis=2)
    assert np.flatnonzero(gray[280, :475])[-1] > np.flatnonzero(certain[280, :475])[-1] + 5  # a question mark longer


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


def test_a_panel_far_from_its_face_is_joined_to_it():
    picture = np.full((800, 1000, 3), 120, np.uint8)
    crowd = [(x, y, 100, 100) for y in (240, 370, 500) for x in (330, 440, 550)]
    happy, others = crowd[1], [box for box in crowd if box != crowd[1]]
    drawn = draw_faces(picture, [face(happy), *(face(box, "sadness") for box in others)])
    yellow = (drawn == COLOURS["happy"]).all(axis=2)
    assert yellow[190:215, 440:540].any(axis=1).all()  # above the label, between panel and face


def test_without_room_for_panels_the_labels_are_left():
    picture = np.full((700, 700, 3), 120, np.uint8)
    boxes = [(x, y, 90, 90) for y in range(25, 700, 115) for x in range(5, 610, 115)]
    drawn = draw_faces(picture, [face(box) for box in boxes])
    for box in boxes:
        x, y, width, height = (round(length * 960 / 700) for length in box)  # the picture is enlarged
        assert (drawn[y + 6 : y + height - 6, x + 6 : x + width - 6] == 120).mean() > 0.95
    labels = (drawn == COLOURS["happy"]).all(axis=2)
    assert labels.mean() > 0.05


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
