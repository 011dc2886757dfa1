"""Seeds and generators, and the generators that layers hold."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import Conv2D, Dense, Dropout, Residual, Sequential, Trainer
from npcnn.layers.rng import as_generator, generators_of


def test_a_seed_gives_the_same_numbers_each_time_and_a_generator_is_shared(rng: np.random.Generator) -> None:
    assert as_generator(rng) is rng
    assert as_generator(0).random() == as_generator(np.int64(0)).random() == np.random.default_rng(0).random()
    assert as_generator(None).random() != as_generator(None).random()


@pytest.mark.parametrize("wrong", ["0", 1.0, True, np.random, np.random.RandomState(0)])
@pytest.mark.parametrize(
    "build",
    [
        as_generator,
        lambda rng: Dropout(0.5, rng),
        lambda rng: Dense(2, 2, rng),
        lambda rng: Conv2D(1, 1, 1, rng=rng),
        lambda rng: Trainer(Sequential(), None, rng=rng),
    ],
)
def test_anything_else_is_refused(build: object, wrong: object) -> None:
    with pytest.raises(TypeError, match=r"rng must be an int seed, a numpy\.random\.Generator or None, got "):
        build(wrong)


def test_negative_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="rng must be a seed of at least 0, got -1"):
        as_generator(-1)


def test_the_seed_0_is_a_seed() -> None:
    one, same, other = (Dense(3, 3, seed).params["w"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    x = np.ones((9, 9), np.float32)
    np.testing.assert_array_equal(Dropout(0.5, 0).forward(x, training=True), Dropout(0.5, 0).forward(x, training=True))


def test_generators_are_found_once_each_wherever_they_are(rng: np.random.Generator) -> None:
    other = np.random.default_rng(1)
    first, second = Dropout(0.5, rng), Dropout(0.5, other)
    first.another_name = second.rng
    network = Sequential(Residual(Sequential(first), Sequential(second)), Dropout(0.1, rng))
    assert [id(found) for found in generators_of(network)] == [id(rng), id(other)]
