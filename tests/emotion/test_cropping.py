from __future__ import annotations

import numpy as np
import pytest

from emotion.cropping import MIRRORED, crop_face, crops_around
from emotion.errors import InputError


def test_crop_is_the_square_around_the_box():
    gray = np.arange(60 * 50, dtype=np.uint16).reshape(60, 50).astype(np.uint8)
    assert np.array_equal(crop_face(gray, (10, 20, 16, 16), margin=0.0), gray[20:36, 10:26])
    assert np.array_equal(crop_face(gray, (10, 20, 16, 16), margin=0.25), gray[16:40, 6:30])
    assert np.array_equal(crop_face(gray, (10, 20, 16, 10), margin=0.0), gray[17:33, 10:26])


def test_crop_repeats_the_border():
    gray = np.arange(36, dtype=np.uint8).reshape(6, 6)
    crop = crop_face(gray, (-2, 3, 6, 6), margin=0.0)
    assert np.array_equal(crop, np.pad(gray, 6, mode="edge")[9:15, 4:10])
    assert crop_face(gray, (0, 0, 6, 6), margin=1.0).shape == (18, 18)


@pytest.mark.parametrize("box", [(50, 0, 5, 5), (0, 50, 5, 5), (-9, 0, 5, 5), (0, -9, 5, 5)])
def test_box_outside_the_picture_is_rejected(box):
    with pytest.raises(InputError, match="outside the picture"):
        crop_face(np.zeros((10, 10), np.uint8), box)


def test_crops_around_a_box():
    columns = np.indices((200, 240), np.uint8)[1]
    box = (60, 40, 98, 98)
    crops, middle = crops_around(columns, box), crop_face(columns, box).mean()
    assert [crop.shape for crop in crops] == [(side, side) for side in (90, 90, 110, 110) * 2]
    assert [round(crop.mean() - middle) for crop in crops] == [10, -10] * 4
    down = crops_around(columns.T, (40, 60, 98, 98))
    assert [round(crop.mean() - middle) for crop in down] == [-10] * 4 + [10] * 4


def test_crops_of_a_mirrored_picture_are_the_same_ones():
    gray = np.random.default_rng(0).integers(0, 256, (150, 150), np.uint8)
    crops = crops_around(gray, (40, 30, 100, 100))
    of_mirrored = crops_around(gray[:, ::-1], (150 - 140, 30, 100, 100))

    def seen(crops, mirrored):
        return sorted((crop[:, ::-1] if flip else crop).tobytes() for crop, flip in zip(crops, mirrored, strict=True))

    assert seen(crops, MIRRORED) == seen(of_mirrored, MIRRORED)
    assert seen(crops, MIRRORED) != seen(of_mirrored, [False] * len(MIRRORED))


@pytest.mark.parametrize("box", [(9, -4, 5, 5), (0, 0, 1, 1), (-30, 2, 31, 3)])
def test_crops_around_a_box_at_the_edge(box):
    gray = np.arange(100, dtype=np.uint8).reshape(10, 10)
    crops = crops_around(gray, box)
    assert len(crops) == len(MIRRORED)
    assert all(crop.shape[0] == crop.shape[1] > 0 for crop in crops)
