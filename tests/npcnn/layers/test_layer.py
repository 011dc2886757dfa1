"""What all layers share: strict checks of their input, and a backward pass that needs a forward pass."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest

import npcnn
from npcnn import (
    ELU,
    AvgPool2D,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Layer,
    MaxPool2D,
    ReLU,
)

LAYERS = {  # a layer, and the shape of one image it takes
    "Conv2D": (lambda: Conv2D(2, 3, 3), (2, 6, 6)),
    "MaxPool2D": (lambda: MaxPool2D(2), (2, 6, 6)),
    "AvgPool2D": (lambda: AvgPool2D(2), (2, 6, 6)),
    "GlobalAvgPool2D": (GlobalAvgPool2D, (2, 6, 6)),
    "BatchNorm2D": (lambda: BatchNorm2D(2), (2, 6, 6)),
    "ReLU": (ReLU, (2, 6, 6)),
    "ELU": (ELU, (2, 6, 6)),
    "Dropout": (lambda: Dropout(0.5), (2, 6, 6)),
    "Flatten": (Flatten, (2, 6, 6)),
    "Dense": (lambda: Dense(12, 5), (12,)),
}


@pytest.fixture(params=LAYERS)
def layer_and_input(request: pytest.FixtureRequest, rng: np.random.Generator) -> tuple[Layer, np.ndarray]:
    """Each kind of layer with a batch it accepts."""
    build, shape = LAYERS[request.param]
    return build(), rng.standard_normal((4, *shape), np.float32)


def test_forward_and_backward_keep_shapes_dtype_and_inputs(layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    before = x.copy()
    y = layer.forward(x, training=True)
    assert y.shape == (4, *layer.output_shape(x.shape[1:]))
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    assert (dx.shape, dx.dtype, y.dtype) == (x.shape, np.float32, np.float32)
    assert (dy == 1).all()
    np.testing.assert_array_equal(x, before)
    assert layer.grads.keys() == layer.params.keys()
    assert all(layer.grads[key].shape == w.shape for key, w in layer.params.items())


def test_backward_assigns_gradients_and_does_not_add_to_them(layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    dy = np.ones_like(layer.forward(x))
    layer.backward(dy)
    first = {key: dw.copy() for key, dw in layer.grads.items()}
    layer.backward(dy)
    for key, dw in layer.grads.items():
        np.testing.assert_array_equal(dw, first[key])


def test_backward_needs_a_forward_pass(layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    with pytest.raises(RuntimeError, match=f"{type(layer).__name__}.backward needs a forward pass first"):
        layer.backward(x)


def test_inference_keeps_nothing_for_backward(layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    layer.forward(x)  # what this one kept must be gone, too
    with npcnn.no_grad():
        y = layer.forward(x)
    with pytest.raises(RuntimeError, match=r"npcnn\.no_grad"):
        layer.backward(y)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.longdouble])
def test_other_types_than_float32_and_float64_are_refused(dtype: type, layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    with pytest.raises(ValueError, match=f"{type(layer).__name__} expected float32 elements, got {np.dtype(dtype)}"):
        layer.forward(x.astype(dtype))


@pytest.mark.parametrize("name", ["Conv2D", "Dense"])
def test_another_precision_than_the_weights_is_refused(name: str) -> None:
    build, shape = LAYERS[name]
    layer = build()
    with pytest.raises(ValueError, match=f"{name} expected float32 elements, got float64"):
        layer.forward(np.zeros((2, *shape)))
    y = layer.forward(np.zeros((2, *shape), np.float32))
    with pytest.raises(ValueError, match=f"{name} expected float32 elements, got float64"):
        layer.backward(y.astype(np.float64))


def test_strided_views_are_refused(layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    with pytest.raises(ValueError, match=r"expected a C-contiguous array; use numpy.ascontiguousarray"):
        layer.forward(np.asfortranarray(x))
    y = layer.forward(x)
    with pytest.raises(ValueError, match="C-contiguous"):
        layer.backward(np.concatenate([y, y], axis=-1)[..., ::2])


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("Conv2D", (4, 1, 6, 6), r"\(N, 2, H, W\), got \(4, 1, 6, 6\)"),
        ("Conv2D", (2, 6, 6), r"\(N, 2, H, W\), got \(2, 6, 6\)"),
        ("MaxPool2D", (6, 6), r"\(N, C, H, W\), got \(6, 6\)"),
        ("Dense", (4, 13), r"\(N, 12\), got \(4, 13\)"),
        ("Dense", (4, 3, 4), r"\(N, 12\), got \(4, 3, 4\)"),
    ],
)
def test_a_wrong_shape_is_named_beside_the_right_one(name: str, shape: tuple, expected: str) -> None:
    with pytest.raises(ValueError, match=f"{name} expected an array of shape {expected}"):
        LAYERS[name][0]().forward(np.zeros(shape, np.float32))


def test_a_gradient_of_another_shape_is_refused(layer_and_input: tuple) -> None:
    layer, x = layer_and_input
    y = layer.forward(x)
    with pytest.raises(ValueError, match="expected an array of shape"):
        layer.backward(np.zeros((len(y) + 1, *y.shape[1:]), np.float32))


def test_a_layer_without_passes_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Layer defines no forward"):
        Layer().forward(np.zeros(1))
    with pytest.raises(NotImplementedError, match="Layer defines no backward"):
        Layer().backward(np.zeros(1))


def test_astype_and_copies_take_the_buffers_along(build_buffered_network: Callable) -> None:
    network = build_buffered_network(0)
    network.forward(np.ones((5, 2, 8, 8), np.float32), training=True)
    copied = copy.deepcopy(network).astype(np.float64)
    assert copied.buffers["4/mean"].dtype == copied.params["5/w"].dtype == np.float64
    assert copied.buffers["4/batches"].dtype == np.int64
    np.testing.assert_array_equal(copied.buffers["4/mean"], network.buffers["4/mean"])
    copied.buffers["4/mean"][:] = 0
    assert network.buffers["4/mean"].any()
    assert network.buffers["4/mean"].dtype == np.float32
    assert network.buffers["4/mean"] is network[4].buffers["mean"]


def test_repr_shows_the_settings_that_are_not_defaults() -> None:
    assert repr(Conv2D(1, 4, 3, stride=2)) == "Conv2D(in_channels=1, out_channels=4, kernel_size=(3, 3), stride=(2, 2))"
    assert repr(Dropout(0.3)) == "Dropout(rate=0.3)"
    assert repr(Flatten()) == "Flatten()"


def test_astype_converts_the_parameters(rng: np.random.Generator) -> None:
    layer = Dense(3, 2).astype(np.float64)
    assert {w.dtype for w in layer.params.values()} == {np.dtype(np.float64)}
    assert layer.forward(rng.standard_normal((5, 3))).dtype == np.float64
