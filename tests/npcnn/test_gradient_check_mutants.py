"""Mutation tests: whichever backward pass is broken, in a layer or in either backend, the gradient check finds it."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType, ModuleType

import numpy as np
import pytest

from npcnn import (
    ELU,
    AvgPool2D,
    BatchNorm2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool2D,
    GradientError,
    MaxPool2D,
    ReLU,
    Residual,
    Sequential,
    kernels,
    reference,
)
from npcnn.gradient_check import check_gradients, check_loss_gradients
from npcnn.layers import Layer
from npcnn.losses import SoftmaxCrossEntropy


@pytest.fixture
def network(rng: np.random.Generator) -> Sequential:
    """Every layer, and every operation of the backward pass, for images (1, 8, 8)."""
    return Sequential(
        Conv2D(1, 2, 2, rng=rng), MaxPool2D(2), ELU(0.7),
        Residual(Sequential(Conv2D(2, 2, 2, rng=rng), ELU(), BatchNorm2D(2)), activation=ReLU()),
        AvgPool2D(2),
        Residual(Sequential(Flatten(), Dense(8, 2, rng)), GlobalAvgPool2D()),
    )  # fmt: skip


def check(network: Sequential) -> dict[str, float]:
    x = np.random.default_rng(1).standard_normal((2, 1, 8, 8))
    return check_gradients(network, x, training=True, samples=5)


def test_the_network_passes_unbroken(network: Sequential) -> None:
    errors = check(network)
    assert errors.keys() == {*network.params, "x"}
    assert max(errors.values()) <= 1e-6


def negated(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    return None if dx is None else -dx


def missing_term(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    if dx is not None:
        dx = dx.copy()
        dx.reshape(-1)[1::2] = 0
    return dx


def negated_weights(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    first = next(iter(layer.grads))
    layer.grads[first] = -layer.grads[first]
    return dx


def accumulating(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    layer.sums = {key: dw + getattr(layer, "sums", layer.grads)[key] for key, dw in layer.grads.items()}
    layer.grads = {key: dw.copy() for key, dw in layer.sums.items()}
    return dx


def adding_later(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    earlier = getattr(layer, "earlier", None)
    layer.earlier = layer.grads
    if earlier is not None:
        layer.grads = {key: dw + earlier[key] for key, dw in layer.grads.items()}
    return dx


def mutating(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    dx = None if dx is None else dx.copy()
    dy *= 2
    return dx


def forgetful(layer: Layer, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    layer.grads.pop(next(iter(layer.grads)))
    return dx


ANY = (ELU, ReLU, MaxPool2D, AvgPool2D, GlobalAvgPool2D, Flatten, BatchNorm2D, Conv2D, Dense, Residual)
WITH_WEIGHTS = (BatchNorm2D, Conv2D, Dense)


@pytest.mark.parametrize(
    ("cls", "mutation"),
    [(cls, mutation) for cls in ANY for mutation in (negated, missing_term, mutating)]
    + [
        (cls, mutation) for cls in WITH_WEIGHTS for mutation in (negated_weights, accumulating, adding_later, forgetful)
    ],
)
def test_a_broken_layer_is_caught(
    cls: type, mutation: Callable, network: Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    backward = cls.backward
    monkeypatch.setattr(cls, "backward", lambda self, dy: mutation(self, backward(self, dy), dy))
    with pytest.raises(GradientError):
        check(network)


BACKWARD = sorted(name for name in vars(reference) if "_backward" in name and "softmax" not in name)


@pytest.mark.parametrize("backend", ["kernels", "reference"])
@pytest.mark.parametrize("name", BACKWARD)
def test_a_broken_operation_is_caught_and_its_backend_named(
    name: str, backend: str, network: Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = getattr({"kernels": kernels, "reference": reference}[backend], name)
    monkeypatch.setattr(kernels, name, getattr(kernels, name))  # one that has no kernel must not be broken, too
    results = {"conv_block_backward": 3, "batchnorm2d_backward": 3}.get(name, 2 if "weights" in name else 1)
    for number in range(results):
        for factor in (-1, 1.01):

            def broken(*arguments: object, number: int = number, factor: float = factor) -> object:
                result = operation(*arguments)
                if not isinstance(result, tuple):
                    return factor * result
                return tuple(
                    factor * part if i == number and part is not None else part for i, part in enumerate(result)
                )

            monkeypatch.setattr(f"npcnn.{backend}.{name}", broken)
            with pytest.raises(GradientError, match=f"with backend '{backend}', layers .*fused, the gradient of"):
                check(network)


@pytest.mark.parametrize("name", ["elu_forward", "maxpool2d_forward", "conv2d_forward", "dense_forward"])
def test_a_forward_pass_that_differs_between_backends_is_caught(
    name: str, network: Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = getattr(reference, name)

    def broken(*arguments: object) -> object:
        result = operation(*arguments)
        return (result[0] * 1.01, *result[1:]) if isinstance(result, tuple) else result * 1.01

    monkeypatch.setattr(reference, name, broken)
    with pytest.raises(GradientError, match="with backend 'reference', layers fused, the output differs"):
        check(network)


def test_a_layer_broken_on_the_instance_is_caught(network: Sequential) -> None:
    network[2].backward = MethodType(lambda self, dy: -ELU.backward(self, dy), network[2])
    with pytest.raises(GradientError):
        check(network)


@pytest.mark.parametrize("backend", [kernels, reference], ids=["kernels", "reference"])
def test_a_broken_loss_is_caught(
    backend: ModuleType, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    operation = backend.softmax_cross_entropy_backward
    monkeypatch.setattr(backend, "softmax_cross_entropy_backward", lambda *arguments: 1.01 * operation(*arguments))
    with pytest.raises(
        GradientError, match=f"backend '{backend.__name__.removeprefix('npcnn.')}', the gradient of logits"
    ):
        check_loss_gradients(SoftmaxCrossEntropy(), rng.standard_normal((3, 4)), np.array([0, 3, 1]))
