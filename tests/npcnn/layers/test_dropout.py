"""Dropout layers: what they drop, how often, and which generator they use."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import Dropout, check_gradients


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.9])
def test_the_share_dropped_is_the_rate_and_the_mean_is_kept(rate: float) -> None:
    x = np.ones((100, 1000), np.float32)
    y = Dropout(rate, np.random.default_rng(1)).forward(x, training=True)
    assert (y == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / x.size))
    np.testing.assert_allclose(y[y != 0], 1 / (1 - rate), rtol=1e-6)
    assert y.mean() == pytest.approx(1, abs=5 * np.sqrt(rate / (1 - rate) / x.size))


def test_backward_drops_what_forward_dropped(rng: np.random.Generator) -> None:
    layer, x = Dropout(0.4, rng), np.ones((37, 11), np.float32)
    y = layer.forward(x, training=True)
    np.testing.assert_array_equal(layer.backward(x), y)


def test_inference_changes_nothing_and_uses_no_random_numbers(rng: np.random.Generator) -> None:
    layer, x = Dropout(0.4, rng), rng.standard_normal((5, 3), np.float32)
    state = rng.bit_generator.state
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    assert rng.bit_generator.state == state


def test_a_rate_of_zero_changes_nothing(rng: np.random.Generator) -> None:
    x = rng.standard_normal((5, 3), np.float32)
    np.testing.assert_array_equal(Dropout(0.0).forward(x, training=True), x)


def test_masks_come_from_the_generator_and_differ_each_time() -> None:
    x = np.ones((10, 10), np.float32)
    one, two = Dropout(0.5, np.random.default_rng(3)), Dropout(0.5, np.random.default_rng(3))
    first = one.forward(x, training=True)
    np.testing.assert_array_equal(first, two.forward(x, training=True))
    assert (first != one.forward(x, training=True)).any()


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.SFC64, np.random.Philox, np.random.MT19937])
def test_any_generator_of_numpy_serves(bits: type) -> None:
    x = np.ones((100, 100), np.float32)
    y = Dropout(0.5, np.random.Generator(bits(0))).forward(x, training=True)
    assert (y == 0).mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(3,), (5, 7), (2, 3, 4, 5)])
def test_gradients(shape: tuple, training: bool, rng: np.random.Generator) -> None:
    assert check_gradients(Dropout(0.3, rng), rng.standard_normal(shape), training=training)["x"] <= 1e-6


@pytest.mark.parametrize("rate", [-0.1, 0.999995, 1, 1.5])
def test_impossible_rates_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=f"rate must be at least 0 and, rounded to 1/65536, below 1, got {rate}"):
        Dropout(rate)
