"""Every compiled operation against its reference in plain NumPy, over random configurations."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from types import ModuleType

import numba
import numpy as np
import pytest

from npcnn import kernels, reference

POOLS = [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (3, 1)), ((1, 1), (2, 3)), ((3, 3), (2, 2))]
"""WindowOffsets and strides: that tile, overlap, leave gaps; few, as each is compiled anew."""


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape) * rng.choice([0.1, 1, 10])


def images(rng: np.random.Generator) -> int:
    return int(rng.choice([1, 2, 3, 5, 7, 8, 11, 16, 17, 23, 32, 37, 40]))


def convolution(rng: np.random.Generator) -> dict:
    """x, w, b, dy and the geometry of a convolution, with paddings of up to the kernel's size on each side."""
    kernel, stride = rng.integers(1, 6, 2), rng.integers(1, 5, 2)
    padding = rng.integers(0, np.repeat(kernel, 2) + 1)
    around = padding.reshape(2, 2).sum(axis=1)
    size = np.maximum(rng.integers(1, 14, 2), kernel - around)
    output_size = (size + around - kernel) // stride + 1
    n, c, oc = images(rng), *rng.integers(1, 8, 2)
    return {
        "x": normal(rng, n, c, *size),
        "w": normal(rng, oc, c, *kernel),
        "b": normal(rng, oc),
        "dy": normal(rng, n, oc, *output_size),
        "input_size": tuple(size.tolist()),
        "kernel_size": tuple(kernel.tolist()),
        "stride": tuple(stride.tolist()),
        "padding": tuple(padding.tolist()),
    }


def block(rng: np.random.Generator) -> dict:
    """A convolution with a pooling window and alpha, and what a forward pass makes of them.

    The gradients may stand anywhere in a window: the argmax is drawn, not computed.
    """
    while True:
        given = convolution(rng)
        window, alpha = tuple(rng.integers(1, 4, 2).tolist()), float(rng.choice([1.0, 0.3]))
        *batch, height, width = given.pop("dy").shape
        shape = (*batch, height // window[0], width // window[1])
        if min(shape) > 0:
            break
    argmax = rng.integers(0, math.prod(window), shape, np.uint16)
    y = reference.elu_forward(normal(rng, *shape), alpha)
    return {
        **given,
        "window": window,
        "alpha": alpha,
        "dy": normal(rng, *shape),
        "y": y,
        "argmax": argmax,
        "needs_input_gradient": bool(rng.random() < 0.5),
    }


def pooling(rng: np.random.Generator) -> dict:
    """Images, half of them rounded so that windows hold equal pixels, and what a forward pass makes of them."""
    window, stride = POOLS[rng.integers(len(POOLS))]
    size = (int(rng.integers(window[0], 14)), int(rng.integers(window[1], 14)))
    x = normal(rng, images(rng), int(rng.integers(1, 6)), *size)
    x = np.round(x) if rng.random() < 0.5 else x
    y, argmax = reference.maxpool2d_forward(x, window, stride)
    return {
        "x": x,
        "dy": normal(rng, *y.shape),
        "argmax": argmax,
        "input_size": size,
        "window": window,
        "stride": stride,
    }


def elementwise(rng: np.random.Generator) -> dict:
    """Arrays of one to four axes, some long enough to be shared by threads, with values far below zero too."""
    shape = (images(rng), *rng.integers(1, 12, rng.integers(0, 4))) if rng.random() < 0.8 else (3, 50_001)
    x = normal(rng, *shape) * rng.choice([1, 1000])
    alpha = float(rng.choice([1.0, 0.3, 2.0]))
    return {
        "x": x,
        "dy": normal(rng, *shape),
        "y": reference.elu_forward(x, alpha),
        "alpha": alpha,
        "random": rng.integers(0, 65536, shape, np.uint16),
        "rate": float(rng.choice([0.0, 0.3, 0.5, 0.95])),
    }


def normalisation(rng: np.random.Generator) -> dict:
    """Images with channels of their own mean and spread, and the statistics of the batch."""
    n, channels = images(rng), int(rng.integers(1, 20))
    shape = (n, channels, int(rng.integers(1, 14)), int(rng.integers(2, 14)))
    offset, scale = (rng.uniform(low, 3, (channels, 1, 1)) for low in (-3, 0.1))
    x, epsilon = offset + scale * rng.standard_normal(shape), float(rng.choice([1e-5, 1e-3]))
    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    return {
        "x": x,
        "dy": normal(rng, *shape),
        "gamma": normal(rng, channels),
        "beta": normal(rng, channels),
        "mean": mean,
        "variance": variance,
        "inverse_std": 1 / np.sqrt(variance + epsilon),
        "epsilon": epsilon,
        "batch_statistics": bool(rng.random() < 0.5),
    }


def average_pooling(rng: np.random.Generator) -> dict:
    """Images, a window and a stride, and a gradient of the output."""
    given = pooling(rng)
    del given["argmax"]
    return given


def dense(rng: np.random.Generator) -> dict:
    n, inputs, outputs = images(rng), int(rng.integers(1, 300)), int(rng.integers(1, 300))
    return {
        "x": normal(rng, n, inputs),
        "w": normal(rng, inputs, outputs),
        "b": normal(rng, outputs),
        "dy": normal(rng, n, outputs),
    }


def classification(rng: np.random.Generator) -> dict:
    """Logits up to the thousands, and targets and weights that are not normalised."""
    n, classes = images(rng), int(rng.integers(1, 13))
    logits = normal(rng, n, classes) * rng.choice([1, 100])
    return {
        "logits": logits,
        "targets": rng.random((n, classes)),
        "weights": rng.random(n) / n,
        "probabilities": reference.softmax(logits),
    }


def weights(rng: np.random.Generator) -> dict:
    """Flat arrays as Adam meets them (v no smaller than m^2), some long enough to be shared by threads."""
    size = int(rng.choice([1, 7, 1000, 16384, 150_001]))
    m = normal(rng, size)
    return {
        "w": normal(rng, size),
        "x": normal(rng, size),
        "average": normal(rng, size),
        "dw": normal(rng, size),
        "m": m,
        "v": m**2 + normal(rng, size) ** 2,
        "learning_rate": float(rng.choice([0.0, 1e-3, 0.1])),
        "beta1": float(rng.choice([0.0, 0.9])),
        "beta2": float(rng.choice([0.9, 0.999])),
        "epsilon": 1e-8,
        "weight_decay": float(rng.choice([0.0, 0.05])),
        "step": int(rng.integers(1, 5000)),
        "decay": float(rng.choice([0.0, 0.1, 0.999])),
    }


# Operation: what draws its arguments, how often.
CONFIGURATIONS: dict[str, tuple[Callable[[np.random.Generator], dict], int]] = {
    "conv2d_forward": (convolution, 80),
    "conv2d_backward_input": (convolution, 80),
    "conv2d_backward_weights": (convolution, 80),
    "conv_block_forward": (block, 80),
    "conv_block_backward": (block, 100),
    "maxpool2d_forward": (pooling, 30),
    "maxpool2d_backward": (pooling, 30),
    "avgpool2d_forward": (average_pooling, 30),
    "avgpool2d_backward": (average_pooling, 30),
    "batchnorm2d_forward": (normalisation, 30),
    "batchnorm2d_inference": (normalisation, 20),
    "batchnorm2d_backward": (normalisation, 30),
    "relu_forward": (elementwise, 20),
    "relu_backward": (elementwise, 20),
    "elu_forward": (elementwise, 20),
    "elu_backward": (elementwise, 20),
    "dropout": (elementwise, 20),
    "dense_forward": (dense, 20),
    "dense_backward_input": (dense, 20),
    "dense_backward_weights": (dense, 20),
    "softmax": (classification, 20),
    "softmax_cross_entropy_forward": (classification, 20),
    "softmax_cross_entropy_backward": (classification, 20),
    "adam": (weights, 20),
    "sum_of_squares": (weights, 20),
    "ema_update": (weights, 20),
}

SHARE = 0.05 if numba.config.DISABLE_JIT else 1
"""How many of the configurations are compared: plain Python is slow."""

TOLERANCES = {"float64": 1e-12, "float32": 1e-5}


def call(operation: Callable, arguments: dict) -> list[np.ndarray]:
    """What the operation returns, and its arguments afterwards: some change in place, the others must not change."""
    own = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in arguments.items()}
    result = operation(*own.values())
    results = result if isinstance(result, tuple) else () if result is None else (result,)
    return [np.asarray(value) for value in (*results, *own.values()) if value is not None]


def public_names(module: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def test_every_kernel_is_compared() -> None:
    assert set(kernels.__all__) == set(CONFIGURATIONS)
    assert set(kernels.__all__) <= public_names(reference)
    assert sum(count for _, count in CONFIGURATIONS.values()) >= 200


def test_without_a_kernel_the_reference_runs() -> None:
    without = public_names(reference) - set(kernels.__all__)
    assert without
    for name in without:
        assert getattr(kernels, name) is getattr(reference, name)


@pytest.mark.parametrize("name", kernels.__all__)
def test_kernels_and_reference_take_the_same_arguments(name: str) -> None:
    kernel, other = (inspect.signature(getattr(module, name)) for module in (kernels, reference))
    assert list(kernel.parameters) == list(other.parameters)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_kernels_agree_with_the_reference(name: str, dtype: str) -> None:
    arguments_for, count = CONFIGURATIONS[name]
    kernel, definition = getattr(kernels, name), getattr(reference, name)
    rng = np.random.default_rng(20)
    for _ in range(math.ceil(count * SHARE)):
        given = arguments_for(rng)
        arguments = {
            key: given[key].astype(dtype) if getattr(given[key], "dtype", None) == np.float64 else given[key]
            for key in inspect.signature(definition).parameters
        }
        configuration = {key: getattr(value, "shape", value) for key, value in arguments.items()}
        for ours, theirs in zip(call(kernel, arguments), call(definition, arguments), strict=True):
            assert ours.shape == theirs.shape, configuration
            assert ours.dtype == theirs.dtype, configuration
            largest = max(1.0, np.abs(theirs).max())
            difference = np.abs(ours.astype(float) - theirs.astype(float)).max()
            assert math.isfinite(largest), configuration
            assert difference <= TOLERANCES[dtype] * largest, configuration
