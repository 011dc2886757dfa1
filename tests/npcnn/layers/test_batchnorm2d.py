"""Batch normalisation."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import BatchNorm2D, check_gradients


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    """Images (6, 3, 4, 5) whose channels have means and spreads of their own."""
    return (rng.standard_normal((6, 3, 4, 5)) * [[[2]], [[0.5]], [[1]]] + [[[1]], [[-2]], [[0]]]).astype(np.float32)


@pytest.fixture
def layer(rng: np.random.Generator) -> BatchNorm2D:
    """A layer with parameters and statistics that are not those it starts with."""
    layer = BatchNorm2D(3)
    for arrays in (layer.params, layer.buffers):
        for array in arrays.values():
            array[:] += rng.uniform(0, 1, 3)
    return layer


@pytest.mark.parametrize("training", [True, False])
def test_gradients(layer: BatchNorm2D, x: np.ndarray, training: bool) -> None:
    assert max(check_gradients(layer, x, training=training).values()) <= 1e-6


def test_training_normalises_by_the_batch_and_follows_its_statistics(x: np.ndarray) -> None:
    layer = BatchNorm2D(3, momentum=0.25)
    y = layer.forward(x, training=True)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-3)
    np.testing.assert_allclose(layer.buffers["running_mean"], 0.25 * x.mean(axis=(0, 2, 3)), rtol=1e-4)
    np.testing.assert_allclose(layer.buffers["running_var"], 0.75 + 0.25 * x.var(axis=(0, 2, 3), ddof=1), rtol=1e-4)


def test_prediction_uses_the_running_statistics_and_leaves_them(layer: BatchNorm2D, x: np.ndarray) -> None:
    before = {key: array.copy() for key, array in layer.buffers.items()}
    y = layer.forward(x)
    mean, variance = (before[key][:, None, None] for key in ("running_mean", "running_var"))
    gamma, beta = (layer.params[key][:, None, None] for key in ("gamma", "beta"))
    np.testing.assert_allclose(y, gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta, rtol=1e-4, atol=1e-5)
    for key, array in layer.buffers.items():
        np.testing.assert_array_equal(array, before[key])


def test_a_large_mean_does_not_cost_the_variance(rng: np.random.Generator) -> None:
    x = (100 + 0.1 * rng.standard_normal((16, 2, 9, 9))).astype(np.float32)
    y = BatchNorm2D(2).forward(x, training=True)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1, atol=1e-2)


def test_results_do_not_depend_on_the_number_of_threads(layer: BatchNorm2D, set_threads, rng) -> None:
    x, dy = (rng.standard_normal((19, 3, 8, 8)).astype(np.float32) for _ in range(2))
    results = []
    for threads in (1, 2, 3):
        set_threads(threads)
        y = layer.forward(x, training=True)
        results.append([y, layer.backward(dy), *layer.grads.values()])
    for other in results[1:]:
        for ours, theirs in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_one_value_a_channel_has_no_variance() -> None:
    with pytest.raises(ValueError, match="at least two values a channel"):
        BatchNorm2D(3).forward(np.ones((1, 3, 1, 1), np.float32), training=True)


@pytest.mark.parametrize("settings", [{"channels": 0}, {"channels": 1, "momentum": 2}, {"channels": 1, "epsilon": 0}])
def test_settings_outside_their_range(settings: dict) -> None:
    with pytest.raises(ValueError, match="BatchNorm2D: channels >= 1"):
        BatchNorm2D(**settings)
