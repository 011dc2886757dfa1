import numpy as np

from emotion.datasets.drawn.background import draw_background, photograph


def test_backgrounds_are_soft_and_differ():
    rng = np.random.default_rng(0)
    pictures = [draw_background(rng, (96, 64)) for _ in range(10)]
    assert all(picture.shape == (64, 96, 3) and picture.dtype == np.float32 for picture in pictures)
    assert np.std([picture.mean() for picture in pictures]) > 10
    assert all(np.abs(np.diff(picture, axis=1)).max() < 40 for picture in pictures)


def test_a_photograph_has_noise_and_keeps_to_its_range():
    rng = np.random.default_rng(1)
    ramp = np.tile(np.linspace(-20, 280, 80, dtype=np.float32)[None, :, None], (60, 1, 3))
    photo = photograph(ramp, rng)
    assert photo.dtype == np.uint8
    assert 0.5 < photo[:, 40].astype(float).std() < 5
    means = photo.mean(axis=(0, 2))
    assert means[0] < 10
    assert means[-1] > 220
    assert (np.diff(means[5:70]) > 0).all()
