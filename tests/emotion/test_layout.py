"""Places of labels and panels: scenes with one, several and many faces."""

import itertools

import numpy as np
import pytest

from emotion.detection import common_area
from emotion.layout import _cross, _cross_lines, arrange, line_height

SIZE = 1000, 800
LABEL = 6.0  # width of a label such as "happy 93%", in units of its height


def crowd(columns, rows, side, steps, left, top):
    return [(left + x * steps[0], top + y * steps[1], side, side) for y in range(rows) for x in range(columns)]


SCENES = {
    "one": [(300, 300, 170, 170)],
    "two large": [(40, 200, 400, 400), (560, 200, 400, 400)],
    "beside each other": [(10, 10, 120, 120), (160, 30, 110, 110), (20, 180, 100, 100), (500, 300, 90, 90)],
    "at the edges": [(0, 0, 80, 80), (920, 0, 80, 80), (-8, 725, 80, 80), (925, 725, 80, 80)],
    "a group": crowd(3, 3, 100, (130, 130), 310, 230),
    "a crowd": crowd(6, 5, 110, (160, 150), 20, 40),
    "a dense crowd": crowd(10, 8, 90, (99, 99), 5, 5),
}


def places(name):
    boxes = SCENES[name]
    return boxes, arrange(SIZE, boxes, [LABEL] * len(boxes))


@pytest.mark.parametrize("name", SCENES)
def test_panels_cover_nothing(name):
    boxes, found = places(name)
    panels = [place.panel for place in found if place.panel]
    for panel in panels:
        others = [*boxes, *(place.label for place in found), *(other for other in panels if other is not panel)]
        assert not any(common_area(panel, other) for other in others)
        x, y, width, height = panel
        assert min(x, y) >= 0
        assert x + width <= SIZE[0]
        assert y + height <= SIZE[1]


@pytest.mark.parametrize("name", SCENES)
def test_labels_are_at_their_faces_and_in_the_picture(name):
    for box, place in zip(*places(name), strict=True):
        x, y, width, height = place.label
        assert common_area((x - 1, y - 1, width + 2, height + 2), box)
        assert min(x, y) >= 0
        assert x + width <= SIZE[0]
        assert y + height <= SIZE[1]


@pytest.mark.parametrize("name", [name for name in SCENES if name != "a dense crowd"])
def test_labels_cover_no_face_and_no_label(name):
    boxes, found = places(name)
    labels = [place.label for place in found]
    assert not any(common_area(label, box) for label in labels for box in boxes)
    assert not any(common_area(a, b) for a, b in itertools.combinations(labels, 2))


@pytest.mark.parametrize("name", SCENES)
def test_lines_join_a_panel_with_its_face_and_cross_nothing(name):
    boxes, found = places(name)
    for index, place in enumerate(found):
        if place.line is None:
            continue
        for point, box in zip(place.line, (place.panel, boxes[index]), strict=True):
            x, y, width, height = box
            assert x <= point[0] <= x + width
            assert y <= point[1] <= y + height
            assert point[0] in (x, x + width) or point[1] in (y, y + height)
        points = np.linspace(*place.line, 500)
        others = [other for other in found if other is not place]
        obstacles = [*boxes[:index], *boxes[index + 1 :], *(other.label for other in others)]
        obstacles += [other.panel for other in others if other.panel]
        for x, y, width, height in obstacles:
            inside = (points > (x, y)).all(axis=1) & (points < (x + width, y + height)).all(axis=1)
            assert not inside.any()
    lines = [np.linspace(*place.line, 500) for place in found if place.line]
    for a, b in itertools.combinations(lines, 2):
        assert np.hypot(*(a[:, None] - b).T).min() > 1


def panels_and_lines(name):
    _, found = places(name)
    return sum(place.panel is not None for place in found), sum(place.line is not None for place in found)


def test_panels_are_at_the_face_then_joined_by_a_line_then_left_out():
    assert panels_and_lines("one") == (1, 0)
    assert panels_and_lines("two large") == (2, 0)
    assert panels_and_lines("beside each other")[0] == 4
    panels, lines = panels_and_lines("a group")
    assert panels >= 7
    assert lines >= 1
    assert panels_and_lines("a dense crowd") == (0, 0)


def test_the_panel_of_one_face_is_beside_it_and_as_tall():
    (box,), (place,) = places("one")
    assert place.panel[0] > box[0] + box[2]
    assert place.panel[1] == box[1]
    assert place.panel[3] == pytest.approx(box[3], abs=2)
    assert place.label == (box[0], box[1] - place.label[3], *place.label[2:])


def test_labels_of_a_crowd_are_smaller_and_about_the_same():
    boxes = crowd(20, 1, 90, (95, 0), 5, 100)
    found = arrange((2000, 800), boxes, [8.0] * len(boxes))
    heights = {place.label[3] for place in found}
    assert max(heights) <= min(heights) + 1
    assert 18 <= min(heights) < 0.9 * 1.5 * line_height((2000, 800), boxes[0])


def test_text_grows_with_the_picture():
    (small,) = arrange((1000, 1000), [(300, 300, 150, 150)], [LABEL])
    (large,) = arrange((4000, 4000), [(1200, 1200, 600, 600)], [LABEL])
    assert large.label[3] == pytest.approx(4 * small.label[3], abs=4)
    assert large.panel[2] == pytest.approx(4 * small.panel[2], abs=4)


@pytest.mark.parametrize("size", [(960, 5), (5, 960)])
def test_pictures_that_are_too_small_for_a_panel(size):
    (place,) = arrange(size, [(0, 0, 5, 5)], [LABEL])
    assert place.panel is None


def test_crossings():
    lines = [((0, 0), (10, 10)), ((0, 20), (20, 20)), ((5, 0), (5, 8))]
    boxes = [(4, 4, 3, 3), (9, 0, 5, 5), (12, 15, 2, 9)]
    assert _cross(lines, boxes).tolist() == [[True, False, False], [False, False, True], [True, False, False]]
    assert _cross_lines(lines, lines[1:]).tolist() == [[False, True], [True, False], [False, True]]


def test_no_faces():
    assert arrange(SIZE, [], []) == []
