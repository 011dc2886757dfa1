"""The variance of initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from npcnn import glorot_uniform, he_normal
from npcnn.layers.initializers import fans


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
