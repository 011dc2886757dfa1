"""Class activation maps: known answers, the gradient that they need, and a network that stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import (
    ELU,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    MaxPool2D,
    Sequential,
    class_activation_map,
    use_backend,
)


@pytest.fixture(autouse=True)
def reference():
    """Nothing here needs the compiler."""
    with use_backend("reference"):
        yield


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    """Three images of noise."""
    return rng.standard_normal((3, 1, 8, 8), np.float32)


def test_map_is_zero_where_the_network_does_not_look(x: np.ndarray, rng: np.random.Generator) -> None:
    network = Sequential(Conv2D(1, 4, 3, rng=rng), ELU(), Flatten(), Dense(4 * 8 * 8, 2, rng))
    upper_left = np.zeros((8, 8), bool)
    upper_left[:4, :4] = True
    network[3].params["w"].reshape(4, 8, 8, 2)[:, ~upper_left] = 0
    heat = class_activation_map(network, x, np.array([0, 1, 0]), layer=1)
    assert (heat[:, ~upper_left] == 0).all()
    assert (heat[:, upper_left] != 0).all()
    averaged = class_activation_map(network, x, np.array([0, 1, 0]), layer=1, average_gradients=True)
    assert (averaged[:, ~upper_left] != 0).any()


def test_map_sums_up_to_the_logit_if_all_layers_behind_are_linear(x: np.ndarray, rng: np.random.Generator) -> None:
    network = Sequential(Conv2D(1, 4, 3, rng=rng), ELU(), GlobalAvgPool2D(), Dropout(0.5, rng), Dense(4, 3, rng))
    network[4].params["b"][:] = 1, 2, 3
    classes = np.array([2, 0, 1])
    heat = class_activation_map(network, x, classes, layer=1)
    logits = network.forward(x)[np.arange(3), classes]
    np.testing.assert_allclose(heat.sum(axis=(1, 2)) + (classes + 1), logits, rtol=1e-4)
    averaged = class_activation_map(network, x, classes, layer=1, average_gradients=True)
    np.testing.assert_allclose(averaged, heat, rtol=1e-5, atol=1e-7)


def test_map_is_activation_times_derivative(rng: np.random.Generator) -> None:
    network = Sequential(Conv2D(1, 2, 3, rng=rng), MaxPool2D(2), ELU(), Conv2D(2, 3, 2, rng=rng), ELU(), Flatten())
    network = Sequential(*network, Dense(3 * 2 * 2, 2, rng)).astype(np.float64)
    x = rng.standard_normal((1, 1, 4, 4))
    heat = class_activation_map(network, x, np.array([1]), layer=2)
    a, rest = network[:3].forward(x), network[3:]
    expected = np.zeros((2, 2))
    for c, h, w in np.ndindex(a.shape[1:]):
        step = np.zeros_like(a)
        step[0, c, h, w] = 1e-6
        derivative = (rest.forward(a + step) - rest.forward(a - step))[0, 1] / 2e-6
        expected[h, w] += a[0, c, h, w] * derivative
    np.testing.assert_allclose(heat[0], expected, rtol=1e-6)


def test_each_image_has_the_map_that_it_has_alone(x: np.ndarray, rng: np.random.Generator) -> None:
    network = Sequential(Conv2D(1, 4, 3, rng=rng), BatchNorm2D(4), ELU(), Flatten(), Dense(4 * 8 * 8, 2, rng))
    together = class_activation_map(network, x, np.array([0, 1, 1]), layer=0)
    for i, label in enumerate((0, 1, 1)):
        alone = class_activation_map(network, x[i : i + 1], np.array([label]), layer=0)
        np.testing.assert_allclose(together[i], alone[0], rtol=1e-4, atol=1e-6)


def test_network_stays_as_it_is(x: np.ndarray, rng: np.random.Generator) -> None:
    network = Sequential(MaxPool2D(2), Conv2D(1, 4, 3, rng=rng), Dropout(0.5, rng), Flatten(), Dense(64, 2, rng))
    network.skip_input_gradient()  # as in training
    before = {name: array.copy() for name, array in network.state_dict().items()}
    dy = rng.standard_normal((3, 2), np.float32)
    network.forward(x)
    network.backward(dy)
    gradients = {name: array.copy() for name, array in network.grads.items()}
    random = rng.bit_generator.state
    assert class_activation_map(network, x, np.array([0, 1, 0]), layer=0).shape == (3, 4, 4)
    assert rng.bit_generator.state == random
    for name, array in network.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    network.backward(dy)  # still knows its own forward pass
    for name, array in network.grads.items():
        np.testing.assert_array_equal(array, gradients[name])
    assert not network[1].needs_input_gradient


@pytest.mark.parametrize(
    ("layer", "message"), [(-1, "between 0 and 2"), (3, "between 0 and 2"), (1, "not .N, C, H, W")]
)
def test_layers_without_a_map(layer: int, message: str, x: np.ndarray) -> None:
    network = Sequential(ELU(), Flatten(), ELU(), Dense(64, 2))
    with pytest.raises(ValueError, match=message):
        class_activation_map(network, x, np.array([0, 0, 0]), layer)
