import io

import numpy as np
import pytest

from emotion.checks import check_crop, check_min_score, check_several, checked_boxes
from emotion.errors import InputError


def test_boxes_become_integers():
    boxes = checked_boxes(np.array([[1.4, -2.0, 10.6, 20.0]]), (100, 50))
    assert boxes == [(1, -2, 11, 20)]
    assert all(type(length) is int for length in boxes[0])


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((0, 0, 10), "box 1: not four numbers"),
        ((0, 0, 10, 10, 1), "box 1: not four numbers"),
        ((0, 0, 10, float("nan")), "box 1: not four numbers"),
        ((0, 0, 10, float("inf")), "box 1: not four numbers"),
        ("left", "box 1: not four numbers"),
        (7, "box 1: not four numbers"),
        ((0, 0, 0, 10), "box 1: .* not in the picture of 512 x 512 pixels"),
        ((512, 0, 10, 10), "box 1: .* not in the picture"),
        ((-10, -200, 10, 10), "box 1: .* not in the picture"),
        ((0, 0, 10, 10**9), "box 1: .* much larger than the picture"),
    ],
)
def test_impossible_boxes_are_rejected(box, message):
    with pytest.raises(InputError, match=message):
        checked_boxes([(10, 10, 20, 20), box], (512, 512))


@pytest.mark.parametrize(
    "picture",
    ["a.png", b"bytes", io.BytesIO(), np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.uint8), 7],
)
def test_one_picture_is_not_taken_for_several(picture):
    with pytest.raises(InputError, match="one picture where several are expected"):
        check_several(picture)


@pytest.mark.parametrize("pictures", [[], ["a.png"], iter(["a.png"]), np.zeros((2, 5, 5, 3), np.uint8)])
def test_several_pictures_are_accepted(pictures):
    check_several(pictures)


@pytest.mark.parametrize(
    ("face", "message"),
    [
        (np.zeros((5, 5, 3), np.uint8), r"face 2: a crop must be a gray array .* \(5, 5, 3\)"),
        (np.zeros((0, 5), np.uint8), "face 2: a crop must be a gray array"),
        ([[1]], "face 2: a crop must be a gray array"),
        (np.zeros((5, 5)), "face 2: a crop's pixels must be uint8 .* not float64"),
    ],
)
def test_wrong_crops_are_rejected(face, message):
    with pytest.raises(InputError, match=message):
        check_crop(2, face)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_scores_must_be_numbers(score):
    with pytest.raises(InputError, match="min_score is"):
        check_min_score(score)
