"""Fused layers against the same layers one after the other, and what keeps layers from being fused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from npcnn import ELU, Conv2D, Dense, MaxPool2D, Sequential, check_gradients, no_fusion, use_backend
from npcnn.layers.conv_block import ConvBlock, fuse

LAYERS: dict[str, Callable] = {
    "pooling": lambda rng: (Conv2D(2, 5, 3, rng=rng), MaxPool2D(2), ELU(0.7)),
    "no pooling": lambda rng: (Conv2D(2, 5, 4, stride=4, padding="valid", rng=rng), ELU()),
    "odd sizes": lambda rng: (Conv2D(2, 3, 2, stride=(2, 1), rng=rng), MaxPool2D((3, 2)), ELU()),
}


@pytest.fixture(params=LAYERS)
def layers(request: pytest.FixtureRequest, rng: np.random.Generator) -> tuple:
    """A convolution and what follows it."""
    return LAYERS[request.param](rng)


@pytest.mark.parametrize("backend", ["kernels", "reference"])
def test_a_block_is_its_layers_one_after_the_other(layers: tuple, backend: str, rng: np.random.Generator) -> None:
    (block,) = fuse(layers)
    x = rng.standard_normal((9, 2, 13, 12), np.float32)
    with use_backend(backend):
        y = block.forward(x)
        dy = rng.standard_normal(y.shape, np.float32)
        dx, grads = block.backward(dy), dict(layers[0].grads)
        expected, expected_dx = x, dy
        for layer in layers:
            expected = layer.forward(expected)
        for layer in reversed(layers):
            expected_dx = layer.backward(expected_dx)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_allclose(dx, expected_dx, atol=1e-5)
    for key, gradient in layers[0].grads.items():
        np.testing.assert_allclose(grads[key], gradient, rtol=1e-4, atol=1e-4)


def test_gradients_of_a_block(layers: tuple, rng: np.random.Generator) -> None:
    network = Sequential(*layers)
    assert isinstance(network.stages[0], ConvBlock)
    assert max(check_gradients(network, rng.standard_normal((3, 2, 13, 12)), samples=10).values()) <= 1e-6


def test_the_convolution_keeps_parameters_and_gradients(rng: np.random.Generator) -> None:
    network = Sequential(Conv2D(1, 2, 2, rng=rng), MaxPool2D(2), ELU())
    y = network.forward(np.ones((3, 1, 4, 4), np.float32))
    network.backward(np.ones_like(y))
    assert network.params["0/w"] is network.layers[0].params["w"]
    assert network.grads["0/w"] is network.layers[0].grads["w"]


@pytest.mark.parametrize("backend", ["kernels", "reference"])
def test_no_input_gradient_where_it_is_skipped(backend: str, rng: np.random.Generator) -> None:
    network, x = Sequential(Conv2D(1, 2, 2, rng=rng), MaxPool2D(2), ELU()), np.ones((3, 1, 4, 4), np.float32)
    with use_backend(backend):
        y = network.forward(x)
        dy = np.ones_like(y)
        assert network.backward(dy).shape == x.shape
        with_dx = network.grads["0/w"]
        network.skip_input_gradient()
        network.forward(x)
        assert network.backward(dy) is None
    np.testing.assert_array_equal(network.grads["0/w"], with_dx)


def test_wrong_shapes_are_refused_as_by_the_layers(layers: tuple) -> None:
    (block,) = fuse(layers)
    with pytest.raises(ValueError, match="Conv2D expected"):
        block.forward(np.ones((2, 3, 13, 12), np.float32))
    with pytest.raises(ValueError, match="ConvBlock expected"):
        block.forward(np.ones((2, 2, 13, 12), np.float32))
        block.backward(np.ones((1, 1, 1, 1), np.float32))


def test_other_layers_are_not_fused(rng: np.random.Generator) -> None:
    class OwnConv2D(Conv2D):
        """A derived class may compute anything."""

    overlapping = (Conv2D(1, 2, 2, rng=rng), MaxPool2D(3, stride=1), ELU())
    own = (OwnConv2D(1, 2, 2, rng=rng), ELU())
    assert fuse(overlapping) == list(overlapping)
    assert fuse(own) == list(own)
    assert fuse([]) == []


def test_no_fusion_runs_every_layer_by_itself_and_gives_the_same(layers: tuple, rng: np.random.Generator) -> None:
    network, x = Sequential(*layers), rng.standard_normal((4, 2, 13, 12), np.float32)
    fused = network.forward(x)
    assert len(network.stages) == 1
    with no_fusion():
        assert network.stages == list(layers)
        np.testing.assert_array_equal(network.forward(x), fused)
        network.backward(np.ones_like(fused))
    assert len(network.stages) == 1


def test_settings_changed_after_construction_have_an_effect(rng: np.random.Generator) -> None:
    network, x = Sequential(Conv2D(2, 3, 2, rng=rng), ELU()), rng.standard_normal((4, 2, 8, 8), np.float32)
    y = network.forward(x)
    network[1].alpha = 0.25
    np.testing.assert_allclose(network.forward(x), np.where(y > 0, y, y / 4), rtol=1e-5)
    network[0].stride = (2, 2)
    np.testing.assert_allclose(network.forward(x), np.where(y > 0, y, y / 4)[:, :, ::2, ::2], rtol=1e-5)
    assert len(network.stages) == 1
    assert max(check_gradients(network, x).values()) <= 1e-6


def test_settings_changed_between_the_passes_wait_for_the_next_forward_pass(rng: np.random.Generator) -> None:
    network, x = Sequential(Conv2D(2, 3, 2, rng=rng), ELU()), rng.standard_normal((4, 2, 8, 8), np.float32)
    dy = np.ones_like(network.forward(x))
    expected = network.backward(dy)
    network[1].alpha, network[0].stride = 0.25, (2, 2)
    np.testing.assert_array_equal(network.backward(dy), expected)


@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("on_class", [True, False])
def test_a_replaced_method_is_called(
    on_class: bool, position: int, method: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Sequential(Conv2D(2, 3, 2, rng=rng), MaxPool2D(2), ELU())
    owner = type(network[position]) if on_class else network[position]
    original, calls = getattr(owner, method), []
    monkeypatch.setattr(owner, method, lambda *arguments: calls.append(method) or original(*arguments))
    y = network.forward(np.ones((1, 2, 4, 4), np.float32))
    network.backward(np.ones_like(y))
    assert calls == [method]
    assert len(network.stages) == 3


def test_backward_needs_a_forward_pass_that_was_completed(rng: np.random.Generator) -> None:
    network, x = Sequential(Conv2D(2, 3, 2, rng=rng), ELU(), Dense(4, 2)), np.ones((1, 2, 4, 4), np.float32)
    with pytest.raises(ValueError, match="Dense"):
        network.forward(x)
    with pytest.raises(RuntimeError, match=r"Sequential\.backward needs a forward pass first"):
        network.backward(np.ones((1, 2), np.float32))
