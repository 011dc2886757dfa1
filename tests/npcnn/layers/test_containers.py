"""Sequences and residual blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from npcnn import (
    ELU,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    Residual,
    Sequential,
    check_gradients,
    no_fusion,
    predict,
)


def test_gradients_of_a_network_of_every_layer(build_small_network: Callable, rng: np.random.Generator) -> None:
    errors = check_gradients(build_small_network(0), rng.standard_normal((3, 2, 8, 8)), training=True, samples=10)
    assert errors.keys() == {*build_small_network(0).params, "x"}
    assert max(errors.values()) <= 1e-6


@pytest.mark.parametrize("container", [Sequential, Residual])
def test_a_layer_is_used_once(container: type, rng: np.random.Generator) -> None:
    layer = Dense(4, 4, rng)
    with pytest.raises(ValueError, match=f"{container.__name__}: the same Dense occurs twice"):
        container(layer, Sequential(ELU(), layer))
    container(layer, Dense(4, 4, rng))


def test_children_are_layers() -> None:
    with pytest.raises(TypeError, match="Sequential: 0 is no layer but a list"):
        Sequential([ELU(), ELU()])
    with pytest.raises(TypeError, match="Residual: activation is no layer but a type"):
        Residual(ELU(), activation=ELU)


def test_a_residual_adds_its_branches(rng: np.random.Generator) -> None:
    body, shortcut = Dense(4, 3, rng), Dense(4, 3, rng)
    x, dy = rng.standard_normal((5, 4), np.float32), rng.standard_normal((5, 3), np.float32)
    residual = Residual(body, shortcut)
    np.testing.assert_array_equal(residual.forward(x), body.forward(x) + shortcut.forward(x))
    np.testing.assert_array_equal(residual.backward(dy), body.backward(dy) + shortcut.backward(dy))


def test_an_empty_sequence_is_the_identity_shortcut(rng: np.random.Generator) -> None:
    residual = Residual(Sequential(Dense(4, 4, rng), ELU()), Sequential())
    assert max(check_gradients(residual, rng.standard_normal((3, 4))).values()) <= 1e-6


@pytest.mark.parametrize("activation", [None, ELU(0.5)])
@pytest.mark.parametrize("shortcut", [None, Dense(4, 4, np.random.default_rng(1))])
def test_a_residual_with_and_without_shortcut_and_activation(
    shortcut: Dense | None, activation: ELU | None, rng: np.random.Generator
) -> None:
    body, x = Dense(4, 4, rng), rng.standard_normal((3, 4), np.float32)
    residual = Residual(body, shortcut, activation)
    expected = body.forward(x) + (shortcut.forward(x) if shortcut else x)
    np.testing.assert_array_equal(residual.forward(x), activation.forward(expected) if activation else expected)
    assert residual.output_shape((4,)) == (4,)
    assert max(check_gradients(residual, x).values()) <= 1e-6
    given = {"body": body, "shortcut": shortcut, "activation": activation}
    assert residual.children() == {name: layer for name, layer in given.items() if layer}


def test_a_sequence_is_indexed_sliced_and_iterated_like_a_tuple(build_small_network: Callable) -> None:
    network = build_small_network(0)
    assert len(network) == 4
    assert network[-1] is network.layers[3]
    assert list(network) == list(network.layers)
    assert isinstance(network[:2], Sequential)
    assert network[1:3].layers == network.layers[1:3]


def test_repr_is_nested_and_marks_fused_layers(rng: np.random.Generator) -> None:
    body = Sequential(Dropout(0.5, rng), Conv2D(2, 2, 3, stride=(2, 1), rng=rng, bias=False), MaxPool2D(2), ELU())
    network = Sequential(Residual(body, activation=ELU(0.5)), Flatten(), Sequential())
    fused = """\
Sequential(
  (0) Residual(
    (body) Sequential(
      (0) Dropout(rate=0.5)
      (1) Conv2D(in_channels=2, out_channels=2, kernel_size=(3, 3), stride=(2, 1), bias=False)  [1-3 fused]
      (2) MaxPool2D(stride=(2, 2))  [1-3 fused]
      (3) ELU()  [1-3 fused]
    )
    (activation) ELU(alpha=0.5)
  )
  (1) Flatten()
  (2) Sequential()
)"""
    assert repr(network) == fused
    with no_fusion():
        assert repr(network) == fused.replace("  [1-3 fused]", "")


def test_parameters_are_named_by_their_path_and_are_the_layers_own(build_small_network: Callable) -> None:
    network = build_small_network(0)
    assert list(network.params) == [
        "0/body/0/w",
        "0/body/0/b",
        "0/shortcut/0/w",
        "0/shortcut/0/b",
        "3/w",
        "3/b",
    ]
    network.params["3/b"][:] = 7
    assert (network.layers[3].params["b"] == 7).all()


def test_grads_have_the_names_of_params(build_small_network: Callable, rng: np.random.Generator) -> None:
    network = build_small_network(0)
    y = network.forward(rng.standard_normal((3, 2, 8, 8), np.float32), training=True)
    network.backward(np.ones_like(y))
    assert network.grads.keys() == network.params.keys()


def test_training_reaches_the_dropout_inside(rng: np.random.Generator) -> None:
    network, x = Sequential(Residual(Dropout(0.5, rng), Sequential())), np.ones((20, 20), np.float32)
    assert (network.forward(x) == 2).all()
    assert set(np.unique(network.forward(x, training=True))) == {1, 3}


@pytest.mark.parametrize("images", [0, 1, 4, 5, 9])
def test_predict_goes_through_any_number_of_images_in_batches(
    images: int, build_small_network: Callable, rng: np.random.Generator
) -> None:
    network, x = build_small_network(0), rng.standard_normal((images, 2, 8, 8), np.float32)
    predicted = predict(network, x, batch_size=4)
    assert predicted.shape == (images, 3)
    np.testing.assert_allclose(predicted, network.forward(x), atol=1e-5)


def test_predict_keeps_nothing_for_backward(build_small_network: Callable, rng: np.random.Generator) -> None:
    network = build_small_network(0)
    y = predict(network, rng.standard_normal((2, 2, 8, 8), np.float32))
    with pytest.raises(RuntimeError, match="needs a forward pass first"):
        network.backward(y)


@pytest.mark.parametrize(
    "first",
    [
        lambda rng: Residual(Sequential(Conv2D(2, 2, 3, rng=rng), ELU()), Conv2D(2, 2, 1, rng=rng)),
        lambda rng: Residual(Sequential(ELU(), Conv2D(2, 2, 3, rng=rng)), Sequential()),
        lambda rng: Sequential(MaxPool2D(1), Conv2D(2, 2, 2, rng=rng)),
        lambda rng: Conv2D(2, 2, 2, rng=rng),
        lambda rng: Residual(Sequential(ELU(), Conv2D(2, 2, 3, rng=rng)), activation=ELU()),
    ],
    ids=["residual", "empty shortcut", "pooling first", "convolution", "identity shortcut and activation"],
)
def test_skipping_the_input_gradient_changes_no_other(first: Callable, rng: np.random.Generator) -> None:
    network = Sequential(first(rng), Flatten(), Dense(32, 3, rng))
    x, dy = rng.standard_normal((2, 2, 4, 4), np.float32), rng.standard_normal((2, 3), np.float32)
    network.forward(x)
    assert network.backward(dy).shape == x.shape
    grads = network.grads
    assert network.skip_input_gradient() is False
    network.forward(x)
    assert network.backward(dy) is None
    assert network.grads.keys() == grads.keys() == network.params.keys()
    for key, dw in network.grads.items():
        np.testing.assert_array_equal(dw, grads[key])


def test_output_shapes_of_branches_that_differ_are_refused() -> None:
    residual = Residual(Conv2D(1, 4, 2), Conv2D(1, 4, 2, stride=2))
    with pytest.raises(ValueError, match=r"the body gives \(4, 6, 6\), the shortcut \(4, 3, 3\)"):
        residual.output_shape((1, 6, 6))


def test_outputs_of_branches_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="Residual: the body gives"):
        Residual(Conv2D(1, 4, 3), Sequential()).forward(np.zeros((2, 1, 6, 6), np.float32))
