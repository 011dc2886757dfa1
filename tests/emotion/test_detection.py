from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from emotion import detection
from emotion.detection import MIN_SCORE, Detection, average_boxes, common_area, find_faces, find_faces_in
from emotion.errors import InputError
from emotion.pictures import to_gray

FACE = (177, 67, 95, 95)  # box of the astronaut's face


def agrees(box, other, tolerance=0.2):
    """Whether two boxes have the same corner and size within a fraction of the size."""
    return np.abs(np.subtract(box, other)).max() <= tolerance * other[2]


def test_only_the_face_of_a_photograph_is_detected(astronaut):
    gray = to_gray(astronaut)
    before = gray.copy()
    (detection,) = find_faces(gray)
    assert agrees(detection.box, FACE)
    assert detection.score > MIN_SCORE + 1
    assert np.array_equal(gray, before)


@pytest.mark.parametrize("scale", [0.25, 4.0, 10.0])
def test_boxes_are_in_picture_pixels(astronaut, scale):
    gray = cv2.resize(to_gray(astronaut), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (detection,) = find_faces(gray)
    assert agrees(detection.box, tuple(scale * length for length in FACE))
    assert all(type(length) is int for length in detection.box)


@pytest.mark.parametrize("contrast", [0.2, 0.5])
def test_dim_picture(astronaut, contrast):
    (detection,) = find_faces((to_gray(astronaut) * contrast).astype(np.uint8))
    assert agrees(detection.box, FACE)


def test_tight_crop_is_detected_by_thorough_search(astronaut):
    x, y, width, height = FACE
    crop = to_gray(astronaut)[y : y + height, x : x + width]
    for size in (48, 95, 400):
        (detection,) = find_faces(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA))
        assert agrees(detection.box, (0, 0, size, size), tolerance=0.25)


def test_faces_are_sorted_by_score(astronaut):
    head = to_gray(astronaut)[20:220, 120:330]
    dim = (head * 0.4 + 90).astype(np.uint8)
    detections = find_faces(np.hstack([dim, head, cv2.GaussianBlur(head, (0, 0), 3)]))
    assert len(detections) == 3
    scores = [detection.score for detection in detections]
    assert scores == sorted(scores, reverse=True)
    assert sorted(detection.box[0] // 210 for detection in detections) == [0, 1, 2]


def test_pictures_without_a_face(astronaut):
    rng = np.random.default_rng(0)
    assert find_faces(to_gray(astronaut)[230:]) == []  # neck, suit and helmet
    assert find_faces(rng.integers(0, 256, (240, 320), np.uint8)) == []
    assert find_faces(np.full((240, 320), 128, np.uint8)) == []
    assert find_faces(np.add.outer(np.arange(120), np.arange(120)).astype(np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 7)])
def test_pictures_with_unusual_shapes(shape):
    assert find_faces(np.zeros(shape, np.uint8)) == []


def test_min_score_filters_detections(astronaut):
    gray = to_gray(astronaut)
    (detection,) = find_faces(gray)
    assert find_faces(gray, min_score=10.0) == []
    everything = find_faces(gray, min_score=-np.inf)
    assert everything[0] == detection
    for index, one in enumerate(everything):
        for other in everything[:index]:
            shared = common_area(one.box, other.box)
            assert shared <= 0.4 * min(one.box[2] * one.box[3], other.box[2] * other.box[3])


def test_search_near_a_box(astronaut):
    gray = to_gray(astronaut)
    (detection,) = find_faces(gray)
    x, y, side, _ = detection.box
    assert find_faces(gray, near=[detection.box]) == find_faces(gray, near=[(x + 9, y - 9, side, side)]) == [detection]
    assert find_faces(gray, near=[(x - side, y - side, 3 * side, 3 * side)]) == []
    assert find_faces(gray, near=[(x + side // 3, y + side // 3, side // 3, side // 3)]) == []
    assert find_faces(gray, near=[(x + 2 * side, y, side, side)]) == []
    assert find_faces(gray, near=[(x + 2 * side, y, side, side), detection.box]) == [detection]
    enlarged = cv2.resize(gray, None, fx=4.0, fy=4.0, interpolation=cv2.INTER_CUBIC)
    (found,) = find_faces(enlarged)
    assert find_faces(enlarged, near=[found.box]) == [found]
    assert find_faces(enlarged, near=[detection.box]) == []


def test_detection_is_deterministic(astronaut):
    assert find_faces(to_gray(astronaut)) == find_faces(to_gray(astronaut))


def test_average_boxes_are_the_same_in_the_mirror_image(astronaut):
    gray = to_gray(astronaut)
    mirror_image = np.ascontiguousarray(gray[:, ::-1])
    (found,), (found_in_mirror,) = find_faces(gray), find_faces(mirror_image)
    (box,), (in_mirror,) = average_boxes(gray, [found.box]), average_boxes(mirror_image, [found_in_mirror.box])
    assert agrees(box, found.box, tolerance=0.1)
    x, y, width, height = box
    assert in_mirror == (gray.shape[1] - x - width, y, width, height)
    assert width == height
    assert all(type(length) is int for length in box)


def test_boxes_are_averaged_with_those_in_the_mirror_image(monkeypatch):
    gray = np.zeros((100, 200), np.uint8)
    gray[:, 100:] = 255
    boxes = [(10, 20, 40, 40), (110, 40, 51, 51), (60, 0, 20, 20)]
    in_mirror = [Detection((200 - 110 - 58, 42, 57, 57), 2.0), Detection((200 - 6 - 43, 13, 43, 43), 2.0)]
    searched = []

    def find(picture, min_score, near):
        searched.append((picture[0, 0], min_score, near))
        return in_mirror

    monkeypatch.setattr(detection, "find_faces", find)
    assert average_boxes(gray, boxes, 1.5) == [(8, 16, 42, 42), (110, 40, 55, 55), boxes[2]]
    assert searched == [(255, 1.5, [(150, 20, 40, 40), (39, 40, 51, 51), (120, 0, 20, 20)])]
    assert average_boxes(gray, []) == []
    assert len(searched) == 1


def test_search_in_a_region(astronaut):
    gray = to_gray(astronaut)
    x, y, width, height = FACE
    around = (x - 60, y - 60, width + 120, height + 120)
    (detection,) = find_faces_in(gray, around, (80, 115))
    assert agrees(detection.box, FACE, tolerance=0.1)
    assert detection.score == pytest.approx(find_faces(gray)[0].score, abs=1.0)
    assert find_faces_in(gray, around, (150, 200)) == []
    assert find_faces_in(gray, around, (80, 115), min_score=10.0) == []
    assert find_faces_in(gray, (300, 0, 200, 200), (80, 115)) == []
    with pytest.raises(InputError, match="outside the picture"):
        find_faces_in(gray, (600, 0, 200, 200), (80, 115))


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_search_in_a_region_beyond_the_border(astronaut, scale):
    x, y, width, height = FACE
    part = to_gray(astronaut)[y - 20 : y + height + 20, x - 10 : x + width + 20]
    part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    box = tuple(round(scale * length) for length in (10, 20, width, height))
    region = tuple(round(scale * length) for length in (-80, -80, 280, 280))
    (detection,) = find_faces_in(part, region, (0.8 * box[2], 1.25 * box[2]))
    assert agrees(detection.box, box, tolerance=0.15)


def test_copies_of_limited_size_are_searched(astronaut):
    gray = to_gray(astronaut)
    (detection,) = find_faces(gray, search_sizes=(160, 200))
    assert agrees(detection.box, FACE)
    assert find_faces(gray, search_sizes=(60, 60)) == []  # the face has 11 pixels


def test_thorough_search_follows_only_if_nothing_is_found(astronaut, monkeypatch):
    search, searches = detection._search, []
    monkeypatch.setattr(detection, "_search", lambda *arguments: searches.append(arguments[1]) or search(*arguments))
    blank = np.zeros((50, 50), np.uint8)
    for picture, thorough in ((to_gray(astronaut), True), (blank, True), (blank, False)):
        find_faces(picture, thorough=thorough)
    assert searches == [detection._FAST, detection._FAST, detection._THOROUGH, detection._FAST]


def test_common_area():
    assert common_area((0, 0, 10, 10), (5, 6, 10, 10)) == 5 * 4
    assert common_area((0, 0, 10, 10), (2, 2, 3, 3)) == 9
    assert common_area((0, 0, 10, 10), (20, 20, 5, 5)) == 0


def test_threads_find_what_one_thread_finds(astronaut):
    gray = to_gray(astronaut)
    pictures = [gray[:size, :size] for size in (250, 300, 350, 400)]
    expected = [find_faces(picture) for picture in pictures]
    assert all(expected)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(find_faces, pictures * 6)) == expected * 6


def test_a_large_face_does_not_hide_small_ones(astronaut):
    head = to_gray(astronaut)[30:220, 130:320]
    small_head = cv2.resize(head, (100, 100), interpolation=cv2.INTER_AREA)
    picture = np.full((1080, 1920), 128, np.uint8)
    for left in range(80, 1800, 220):
        picture[60:160, left : left + 100] = small_head
    small = find_faces(picture)
    assert len(small) == 8
    picture[300:900, 600:1200] = cv2.resize(head, (600, 600))
    everything = find_faces(picture)
    assert len(everything) == 9
    assert all(any(agrees(one.box, other.box) for other in everything) for one in small)
