"""A network as one kernel call against the same network layer by layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from npcnn import ELU, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Residual, Sequential, predict, use_backend
from npcnn.inference.engine import Engine

SHAPE = (2, 18, 16)


@pytest.fixture
def network(rng: np.random.Generator) -> Sequential:
    """Every kind of step: blocks with and without pooling, a plain convolution, sums, dense layers with ELU."""
    return Sequential(
        Residual(
            Sequential(Conv2D(2, 6, 3, rng=rng), MaxPool2D(2), ELU(0.5), Conv2D(6, 5, 2, rng=rng), ELU()),
            Sequential(Conv2D(2, 5, 2, stride=2, padding="valid", rng=rng)),
        ),
        Dropout(0.5, rng),
        Sequential(Conv2D(5, 7, 3, stride=2, rng=rng), ELU()),
        Flatten(),
        Dense(7 * 5 * 4, 70, rng),
        ELU(2.0),
        Dropout(0.5, rng),
        Dense(70, 3, rng),
    )


def images(rng: np.random.Generator, count: int, dtype: type = np.float32) -> np.ndarray:
    return rng.standard_normal((count, *SHAPE)).astype(dtype)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 31, 32, 70])
def test_it_gives_the_bits_of_the_layers(
    count: int, threads: int, network: Sequential, set_threads: Callable, rng: np.random.Generator
) -> None:
    set_threads(threads)
    x = images(rng, count)
    program = Engine(network, SHAPE)
    for _ in range(3):
        np.testing.assert_array_equal(program.run(x), network.forward(x))


def test_it_agrees_with_the_reference(network: Sequential, rng: np.random.Generator) -> None:
    x = images(rng, 5, np.float64)
    network.astype(np.float64)
    result = predict(network, x)
    with use_backend("reference"):
        np.testing.assert_allclose(result, predict(network, x), rtol=1e-10)


def test_it_sees_parameters_that_changed(network: Sequential, rng: np.random.Generator) -> None:
    x = images(rng, 1)
    before = predict(network, x)
    network.params["7/b"][:] += 1
    np.testing.assert_allclose(predict(network, x), before + 1, rtol=1e-5)
    network.layers[7].params["b"] = network.layers[7].params["b"] - 1
    np.testing.assert_allclose(predict(network, x), before, rtol=1e-4, atol=1e-5)
    network.astype(np.float64)
    np.testing.assert_allclose(predict(network, x.astype(np.float64)), before, rtol=1e-4, atol=1e-5)


def test_wrong_images_are_refused_as_by_the_layers(network: Sequential, rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="Conv2D expected"):
        predict(network, rng.standard_normal((2, 3, 16, 16), np.float32))
    with pytest.raises(ValueError, match="Conv2D expected"):
        predict(network, images(rng, 2).astype(np.float64))
