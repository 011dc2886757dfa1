"""Preprocessing of crops of any size, exposure and contrast."""

import numpy as np
import pytest

from emotion.preprocessing import FACE_SIZE, prepare_faces, resize_face


@pytest.fixture
def face():
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    return np.uint8(120 + 60 * np.sin(4 * x) * np.cos(3 * y))


def test_input_is_standardised_and_has_the_network_shape(face):
    x = prepare_faces([face, face[:40, :50], np.uint8(face // 2)])
    assert x.shape == (3, 1, FACE_SIZE, FACE_SIZE)
    assert x.dtype == np.float32
    assert x.flags.c_contiguous
    np.testing.assert_allclose(x.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(axis=(1, 2, 3)), 1, atol=1e-4)


def test_invariant_to_exposure_and_contrast(face):
    x = prepare_faces([face, np.uint8(face // 2 + 100)])
    np.testing.assert_allclose(x[0], x[1], atol=0.03)


def test_constant_crop_gives_zeros():
    np.testing.assert_array_equal(prepare_faces(np.full((2, 30, 30), 77, np.uint8)), 0)


def test_array_and_list_give_the_same_result(face):
    np.testing.assert_array_equal(prepare_faces(np.stack([face, face.T])), prepare_faces([face, face.T]))


def test_no_faces_give_an_empty_batch():
    assert prepare_faces([]).shape == (0, 1, FACE_SIZE, FACE_SIZE)


@pytest.mark.parametrize("size", [(1, 1), (48, 48), (64, 64), (200, 128), (63, 300)])
def test_resizing_keeps_the_mean(face, size):
    resized = resize_face(np.resize(face, size))
    assert resized.shape == (FACE_SIZE, FACE_SIZE)
    assert resized.dtype == np.uint8
    assert abs(float(resized.mean()) - float(np.resize(face, size).mean())) < 8


def test_face_of_the_right_size_is_unchanged(face):
    assert resize_face(face) is face
