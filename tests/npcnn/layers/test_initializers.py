"""The variance of initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from npcnn import Conv2D, Dense, Layer, glorot_uniform, he_normal
from npcnn.layers.initializers import fans
from npcnn.layers.rng import Seed


def test_fans_of_dense_and_convolution_weights() -> None:
    assert fans((30, 20)) == (30, 20)
    assert fans((8, 3, 2, 5)) == (30, 80)


@pytest.mark.parametrize("shape", [(400, 300), (60, 50, 4, 5)])
def test_he_normal_has_variance_two_over_inputs(shape: tuple, rng: np.random.Generator) -> None:
    w = he_normal(shape, rng)
    inputs, _ = fans(shape)
    assert w.std() == pytest.approx(math.sqrt(2 / inputs), rel=0.02)
    assert abs(w.mean()) < 5 * w.std() / math.sqrt(w.size)
    assert np.abs(w).max() > 3.5 * w.std()  # a normal distribution, not a uniform one


def test_glorot_uniform_stays_within_its_limit_and_fills_it(rng: np.random.Generator) -> None:
    w = glorot_uniform((400, 200), rng)
    limit = math.sqrt(6 / 600)
    assert limit * 0.999 < np.abs(w).max() <= limit * (1 + 1e-6)
    assert w.std() == pytest.approx(limit / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize("initializer", [he_normal, glorot_uniform])
def test_the_generator_decides(initializer: Callable) -> None:
    one, same, other = (initializer((9, 4), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.dtype == np.float32
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert initializer((9, 4)).shape == (9, 4)


@pytest.mark.parametrize("build", [lambda **given: Dense(4, 3, **given), lambda **given: Conv2D(4, 3, 2, **given)])
def test_initial_weights_are_made_contiguous_and_must_have_their_shape(build: Callable[..., Layer]) -> None:
    def transposed(shape: tuple[int, ...], rng: Seed) -> np.ndarray:
        return glorot_uniform(shape[::-1], rng).T

    w = build(initializer=transposed, rng=0).params["w"]
    assert w.flags.c_contiguous
    np.testing.assert_array_equal(w, transposed(w.shape, 0))
    with pytest.raises(ValueError, match="the initializer must give an array of shape"):
        build(initializer=lambda shape, rng: np.zeros(shape[::-1]))
