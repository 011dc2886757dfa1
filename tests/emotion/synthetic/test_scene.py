"""Scenes with people in front of a background, and their face boxes."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from emotion.detection import find_faces
from emotion.errors import InputError
from emotion.labels import EMOTIONS
from emotion.synthetic.scene import BOX_CENTRE, BOX_SIZE, draw_background, draw_scene, photograph


def test_backgrounds_are_smooth_and_distinct():
    rng = np.random.default_rng(0)
    pictures = [draw_background(rng, (96, 64)) for _ in range(10)]
    assert all(picture.shape == (64, 96, 3) and picture.dtype == np.float32 for picture in pictures)
    assert np.std([picture.mean() for picture in pictures]) > 10
    assert all(np.abs(np.diff(picture, axis=1)).max() < 40 for picture in pictures)


def test_photograph_adds_noise_and_stays_in_range():
    rng = np.random.default_rng(1)
    ramp = np.tile(np.linspace(-20, 280, 80, dtype=np.float32)[None, :, None], (60, 1, 3))
    photo = photograph(ramp, rng)
    assert photo.dtype == np.uint8
    assert 0.5 < photo[:, 40].astype(float).std() < 5
    means = photo.mean(axis=(0, 2))
    assert means[0] < 10
    assert means[-1] > 220
    assert (np.diff(means[5:70]) > 0).all()


def centre_and_side(box):
    x, y, width, height = box
    return np.array([x + width / 2, y + height / 2, width])


def test_each_face_is_detected_where_it_was_drawn():
    rng = np.random.default_rng(0)
    offsets, false_finds = [], 0
    for emotion in 3 * EMOTIONS:
        picture, (box,), _ = draw_scene(rng, [emotion])
        for detection in find_faces(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)):
            offset = (centre_and_side(detection.box) - centre_and_side(box)) / box[2]
            if abs(offset).max() < 0.25:
                offsets.append(offset)
            else:
                false_finds += 1
    assert len(offsets) >= 23
    assert false_finds <= 1
    np.testing.assert_allclose(np.median(offsets, axis=0), 0.0, atol=0.03)


def test_people_are_placed_from_left_to_right():
    picture, boxes, labels = draw_scene(np.random.default_rng(1), ["happy", 0, "Sad", np.int64(7)], (640, 320))
    assert picture.shape == (320, 640, 3)
    assert picture.dtype == np.uint8
    assert labels == [5, 0, 6, 7]
    assert [x for x, *_ in boxes] == sorted(x for x, *_ in boxes)
    corners = np.array([(x, y, x + width, y + height) for x, y, width, height in boxes])
    assert corners.min() >= 0
    assert (corners.max(axis=0)[2:] <= [640, 320]).all()
    found = find_faces(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    assert len(found) == 4


def test_same_seed_gives_the_same_scene():
    first, again, other = (draw_scene(np.random.default_rng(seed), ["fear", "anger"]) for seed in (2, 2, 3))
    assert np.array_equal(first[0], again[0])
    assert first[1:] == again[1:]
    assert not np.array_equal(first[0], other[0])


def test_scene_without_people_is_a_background():
    picture, boxes, labels = draw_scene(np.random.default_rng(3), [], (80, 60))
    assert picture.shape == (60, 80, 3)
    assert boxes == labels == []


def test_too_many_faces_are_rejected():
    with pytest.raises(InputError, match=r"^40 faces do not fit into 320 x 240 pixels; .*$"):
        draw_scene(np.random.default_rng(4), ["happy"] * 40, (320, 240))


def test_box_matches_the_face():
    assert 0 < BOX_CENTRE < 0.5
    assert 2.3 < BOX_SIZE < 3.0


def test_a_scene_is_the_same_in_every_thread():
    def draw(_):
        return draw_scene(np.random.default_rng(0), ["happy", "anger"], (320, 240))[0].tobytes()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(draw, range(8))) == {draw(0)}
