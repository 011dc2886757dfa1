from dataclasses import replace

import cv2
import numpy as np
import pytest

from emotion.datasets import FaceDataset, concatenate
from emotion.datasets.overlap import find_overlap, near_duplicate
from emotion.datasets.splits import unseen
from emotion.synthetic import load_drawn


def dataset(faces, subjects=None):
    number = len(faces)
    unknown = np.full(number, "")
    subjects = unknown if subjects is None else np.asarray(subjects, str)
    return FaceDataset("faces", np.asarray(faces, np.uint8), np.zeros(number, np.int64), subjects, unknown, unknown)


@pytest.fixture(scope="module")
def people():
    """One face each of eight drawn people, (8, 64, 64)."""
    return load_drawn(8, seed=5).faces[::9]


def compressed(face):
    return cv2.imdecode(cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)


CHANGES = {
    "compressed": compressed,
    "darker": lambda face: (face * 0.6 + 10).astype(np.uint8),
    "blurred": lambda face: cv2.GaussianBlur(face, (0, 0), 1),
    "smaller": lambda face: cv2.resize(cv2.resize(face, (40, 40), interpolation=cv2.INTER_AREA), (64, 64)),
    "mirrored": lambda face: face[:, ::-1].copy(),
    "cropped": lambda face: cv2.resize(face[1:-1, 1:-1], (64, 64)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_pictures_are_near_duplicates(people, name):
    changed = dataset([CHANGES[name](face) for face in people])
    overlap = find_overlap(changed, dataset(people))
    assert overlap.near_duplicate.all()
    assert not overlap.same_picture.any()
    assert not overlap.same_subject.any()


def test_same_pictures_are_not_near_duplicates_too(people):
    overlap = find_overlap(dataset(people[:3]), dataset(people[1:]))
    assert overlap.same_picture.tolist() == [False, True, True]
    assert not overlap.near_duplicate.any()
    assert overlap.any.tolist() == [False, True, True]


def test_other_people_are_no_near_duplicates(people):
    assert not near_duplicate(dataset(people[:4]), dataset(people[4:])).any()


def test_many_faces_are_compared_in_blocks(people, monkeypatch):
    monkeypatch.setattr("emotion.datasets.overlap._BLOCK", 3)
    changed = dataset([compressed(face) for face in people])
    assert near_duplicate(changed, dataset(people[4:])).tolist() == [False] * 4 + [True] * 4


def test_faces_of_one_colour_are_like_nothing():
    gray = dataset(np.full((2, 64, 64), 128))
    assert not near_duplicate(gray, dataset(np.full((2, 64, 64), 90))).any()


def test_subjects_are_the_same_only_if_known(people):
    test = dataset(people[:4], ["a", "b", "", "c"])
    overlap = find_overlap(test, dataset(people[4:], ["", "b", "c", "c"]))
    assert overlap.same_subject.tolist() == [False, True, False, True]
    assert overlap.any.tolist() == [False, True, False, True]


def test_numbers_as_subjects_of_two_data_sets_are_warned_of(people):
    def numbered(subject, file):
        return replace(dataset(people[:1], [subject]), names=np.array([file], object))

    one, other = numbered("1", "a.png"), numbered("1", "b.png")
    for compare in (find_overlap, unseen, lambda *both: concatenate(both)):
        with pytest.warns(UserWarning, match=r"a\.png and b\.png: both show the subject '1'"):
            compare(one, other)
        compare(one, one)
        compare(numbered("S1", "a.png"), numbered("S1", "b.png"))
        compare(numbered("", "a.png"), numbered("", "b.png"))


def test_nothing_to_compare(people):
    assert not find_overlap(dataset(people), dataset(people[:0])).any.any()
    assert find_overlap(dataset(people[:0]), dataset(people)).any.shape == (0,)
