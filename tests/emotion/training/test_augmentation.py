"""Augmentation stays within its limits, is reproducible, and does not modify its input."""

import numpy as np
import pytest

from emotion.training.augmentation import Augmentation

STILL = Augmentation(rotation=0, scale=0, shift=0, mirror=0, gamma=0, cutout=0)


@pytest.fixture
def faces():
    return np.random.default_rng(1).integers(0, 256, (20, 64, 64), np.uint8)


def test_zero_augmentation_is_the_identity(faces):
    np.testing.assert_array_equal(STILL(faces, np.random.default_rng(0)), faces)


def test_mirroring_is_exact(faces):
    mirrored = Augmentation(0, 0, 0, mirror=1, gamma=0, cutout=0)(faces, np.random.default_rng(0))
    np.testing.assert_array_equal(mirrored, faces[:, :, ::-1])


def test_half_of_the_faces_are_mirrored(faces):
    many = np.repeat(faces[:1], 400, axis=0)
    changed = Augmentation(0, 0, 0, mirror=0.5, gamma=0, cutout=0)(many, np.random.default_rng(0))
    assert 150 < np.all(changed == many, axis=(1, 2)).sum() < 250


def test_shift_moves_the_picture_and_repeats_the_edge():
    ramp = np.tile(np.arange(0, 192, 3, dtype=np.uint8), (50, 64, 1))
    moved = Augmentation(0, 0, shift=0.05, mirror=0, gamma=0, cutout=0)(ramp, np.random.default_rng(0))
    offsets = moved[:, 32, 32].astype(int) - ramp[:, 32, 32]
    assert offsets.std() == pytest.approx(3 * 0.05 * 64, rel=0.3)
    assert moved.min() == 0
    assert moved.max() == 189


def test_rotation_keeps_the_centre():
    dot = np.zeros((30, 64, 64), np.uint8)
    dot[:, 30:34, 30:34] = 255
    turned = Augmentation(rotation=20, scale=0, shift=0, mirror=0.5, gamma=0, cutout=0)(dot, np.random.default_rng(0))
    assert (turned[:, 31:33, 31:33] > 200).all()
    assert turned[:, :20].max() == 0


def test_gamma_keeps_black_white_and_order():
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4 + 3, (30, 64, 1))
    ramp[:, :, 0] = 0
    lit = Augmentation(0, 0, 0, 0, gamma=0.5, cutout=0)(ramp, np.random.default_rng(0))
    assert (np.diff(lit.astype(int), axis=2) >= 0).all()
    assert (lit[:, :, 0] == 0).all()
    assert (lit[:, :, -1] == 255).all()
    assert lit[:, 0, 32].std() > 10


def test_faces_are_over_or_under_exposed():
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (400, 64, 1))
    exposed = Augmentation(0, 0, 0, 0, 0, 0, exposure=0.3)(ramp, np.random.default_rng(0))[:, 0].astype(int)
    assert (np.diff(exposed, axis=1) >= 0).all()
    brighter, darker = (exposed >= ramp[:, 0]).all(axis=1), (exposed <= ramp[:, 0]).all(axis=1)
    assert (brighter | darker).all()
    assert 150 < brighter.sum() < 250
    factors = exposed[brighter, 16] / 64
    assert np.sqrt((np.log(factors) ** 2).mean()) == pytest.approx(0.3, rel=0.15)
    darkness = (255 - exposed[darker, 48]) / (255 - 192)
    assert np.sqrt((np.log(darkness) ** 2).mean()) == pytest.approx(0.3, rel=0.15)
    assert (exposed[brighter, 60] == 255).mean() > 0.5
    assert (exposed[darker, 3] == 0).mean() > 0.5


def test_about_half_of_the_faces_have_a_cutout(faces):
    many = np.repeat(faces[:1], 300, axis=0)
    occluded = Augmentation(0, 0, 0, 0, 0, cutout=0.4)(many, np.random.default_rng(0))
    changed = (occluded != many).sum(axis=(1, 2))
    assert 100 < np.count_nonzero(changed) < 200
    assert changed.max() <= (0.4 * 64 + 1) ** 2


def test_degradation_loses_details_and_adds_noise():
    chequers = np.tile(255 * (np.indices((64, 64)).sum(axis=0) % 2), (60, 1, 1)).astype(np.uint8)
    blurred = Augmentation(0, 0, 0, 0, 0, 0, degradation=0.3)(chequers, np.random.default_rng(0))
    assert blurred.std(axis=(1, 2)).min() < 64 < chequers.std()
    flat = Augmentation(0, 0, 0, 0, 0, 0, degradation=0.3)(np.full_like(chequers, 128), np.random.default_rng(0))
    strengths = flat.std(axis=(1, 2))
    assert np.sqrt((strengths**2).mean()) == pytest.approx(255 * 0.07 * 0.3, rel=0.3)
    assert strengths.min() < 2
    assert strengths.max() > 8


def test_the_strongest_degradation_leaves_a_pixel(faces):
    assert Augmentation(0, 0, 0, 0, 0, 0, degradation=100)(faces, np.random.default_rng(0)).shape == faces.shape


def test_strength_scales_everything_but_mirroring():
    usual, double = Augmentation(), Augmentation.of_strength(2)
    assert double.mirror == usual.mirror
    for name in ("rotation", "scale", "shift", "gamma", "cutout"):
        assert getattr(double, name) == 2 * getattr(usual, name)
    assert Augmentation.of_strength(1) == usual
    assert Augmentation.of_strength(0) == STILL


def test_augmentation_is_reproducible_and_not_in_place(faces):
    before = faces.copy()
    first, second = (Augmentation()(faces, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(faces, before)
    assert (Augmentation()(faces, np.random.default_rng(6)) != first).any()
