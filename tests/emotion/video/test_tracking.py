"""Faces keep their numbers: in drawn clips, and with detections that are made up."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from emotion.detection import Detection
from emotion.synthetic.clip import Actor, draw_clip
from emotion.video import tracking
from emotion.video.tracking import MEMORY, SEARCH_INTERVAL, FaceTracker

FRAME = np.zeros((480, 640), np.uint8)
RATE = 30


def test_two_moving_people_keep_their_numbers_through_an_occlusion() -> None:
    actors = [Actor(lambda time: (60 + 40 * time, 64), 20.0), Actor(lambda time: (196 - 30 * time, 60), 20.0)]
    times = np.arange(16) / 20
    tracker, seen = FaceTracker(), []
    for number, (frame, boxes) in enumerate(draw_clip(np.random.default_rng(1), actors, (256, 128), times)):
        if 5 <= number < 9:
            frame[:, :128] = 90
        found = tracker.update(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), times[number])
        for face, detection in found:
            assert np.abs(np.subtract(detection.box, boxes[face - 1])).max() < 0.25 * boxes[face - 1][2]
        seen.append([face for face, _ in found])
    assert seen[:5] == [[1, 2]] * 5
    assert seen[5:9] == [[2]] * 4
    assert seen[9:] == [[1, 2]] * 7


class Scene:
    """Takes the place of the cascade: faces at known positions, and a record of the searches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.faces: list[Detection] = []
        self.searches = 0
        monkeypatch.setattr(tracking, "find_faces", self.find)
        monkeypatch.setattr(tracking, "find_faces_in", self.find_in)

    def find(self, gray, min_score, search_sizes, thorough):
        self.searches += 1
        return [face for face in self.faces if face.score >= min_score]

    def find_in(self, gray, region, sizes, min_score):
        x, y, width, height = region

        def is_inside(box):
            centre = box[0] + box[2] / 2 - x, box[1] + box[3] / 2 - y
            return 0 <= centre[0] < width and 0 <= centre[1] < height and sizes[0] <= box[2] <= sizes[1]

        return [face for face in self.faces if face.score >= min_score and is_inside(face.box)]

    def follow(self, tracker: FaceTracker, faces: Callable[[float], list[Detection]], frames: int) -> list[dict]:
        """Follow faces given as a function of the time; returns number and box of each face, frame by frame."""
        results = []
        for number in range(frames):
            self.faces = faces(number / RATE)
            found = tracker.update(FRAME, number / RATE)
            results.append({face: detection.box for face, detection in found})
        return results


@pytest.fixture
def scene(monkeypatch):
    return Scene(monkeypatch)


def face(x: float, y: float = 200, size: int = 80, score: float = 3.0) -> Detection:
    return Detection((round(x), y, size, size), score)


def test_people_who_cross_keep_their_numbers(scene: Scene) -> None:
    def crossing(time: float) -> list[Detection]:
        left, right = 100 + 200 * time, 420 - 200 * time
        return [face(left)] if abs(left - right) < 50 else [face(left), face(right, 205)]  # the second is hidden

    results = scene.follow(FaceTracker(), crossing, 48)
    assert [len(result) for result in results].count(1) == 7
    assert set().union(*results) == {1, 2}
    assert results[-1][1][0] > 400
    assert results[-1][2][0] < 120


def test_numbers_count_from_left_to_right_and_are_not_used_again(scene: Scene) -> None:
    gone = round((MEMORY + 0.1) * RATE)
    results = scene.follow(
        FaceTracker(),
        lambda time: [face(300), face(100, score=5.0)] if not 5 / RATE < time < (5 + gone) / RATE else [],
        60,
    )
    assert results[0] == {1: face(100).box, 2: face(300).box}
    assert results[-1].keys() == {3, 4}


def test_whole_frames_are_searched_now_and_then(scene: Scene) -> None:
    scene.follow(FaceTracker(), lambda time: [face(300)], 60)
    assert scene.searches == 2 / SEARCH_INTERVAL
    scene.searches = 0
    results = scene.follow(FaceTracker(), lambda time: [face(300 if time < 1.0 else 20)], 60)
    assert results[30].keys() == {2}  # too far away to be the same; found at once
    assert scene.searches > 2 / SEARCH_INTERVAL


def test_weak_detections_continue_a_face_for_a_while_but_do_not_begin_one(scene: Scene) -> None:
    def weak(time: float) -> list[Detection]:
        return [face(300, score=3.0 if time < 0.2 else 0.5), face(50, score=0.5)]

    results = scene.follow(FaceTracker(), weak, 60)
    assert set().union(*results) == {1}
    assert len(results[30]) == 1
    assert len(results[-1]) == 0
