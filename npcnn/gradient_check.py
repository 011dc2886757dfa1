"""Is this backward pass the derivative of this forward pass? Check before you trust a layer that you wrote."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import use_backend
from npcnn.layers.conv_block import no_fusion
from npcnn.layers.layer import Layer
from npcnn.layers.rng import Seed, as_generator, generators_of
from npcnn.losses import SoftmaxCrossEntropy

_BACKENDS = ("kernels", "reference")


class GradientError(AssertionError):
    """A gradient is not the derivative; the message says where, and gives both values."""


@dataclass(frozen=True)
class _Numeric:
    """Central differences at some elements of an array."""

    shape: tuple[int, ...]
    indices: NDArray[np.intp]
    slopes: NDArray[np.float64]


def check_gradients(
    layer: Layer,
    x: NDArray,
    *,
    training: bool = False,
    rng: Seed = 0,
    samples: int = 30,
    step: float = 1e-5,
    tolerance: float = 1e-6,
    absolute_tolerance: float = 1e-7,
) -> dict[str, float]:
    """Compare every gradient of a layer or network with central differences, in float64, on a copy.

    The scalar function is ``f = sum(r * forward(x))`` with random r, so that ``dy = r``. In x and in each parameter,
    ``samples`` random elements are moved by ``step`` both ways, and ``(f(+) - f(-)) / 2 step`` is compared with the
    gradient from ``backward``: with either backend, and with layers fused and not fused. Near a kink (the maximum of a
    pooling window changes) the slopes on both sides disagree, and smaller steps are tried. Random layers use the
    same random numbers each time.

    Checks as well that both backends give the same output, that no layer changes x or dy, that ``backward`` assigns its
    gradients instead of adding to them, and that ``skip_input_gradient`` does not change those of the parameters.

    Returns the largest relative error ``|difference| / |gradient|`` of each array over its samples; ``x`` is the input.
    Raises GradientError if a difference exceeds ``tolerance * |gradient| + absolute_tolerance``.
    """
    rng = as_generator(rng)
    layer = copy.deepcopy(layer).astype(np.float64)
    for part in layer.walk():
        part.needs_input_gradient = True
    x = np.array(x, np.float64, order="C")
    with use_backend("kernels"):
        y = copy.deepcopy(layer).forward(x, training)
    dy = rng.standard_normal(y.shape)

    def value() -> float:
        with use_backend("kernels"):
            return float((copy.deepcopy(layer).forward(x, training) * dy).sum())

    arrays = {**layer.params, "x": x}
    numeric = {name: _central_differences(value, array, rng, samples, step) for name, array in arrays.items()}
    errors = dict.fromkeys(arrays, 0.0)
    for backend in _BACKENDS:
        for fusion in ("fused", "not fused"):
            where = f"with backend {backend!r}, layers {fusion}"
            with use_backend(backend), nullcontext() if fusion == "fused" else no_fusion():
                for gradients in _backward_passes(layer, x, y, dy, training, where, watch=fusion != "fused"):
                    for name, gradient in gradients.items():
                        error = _compare(name, gradient, numeric[name], tolerance, absolute_tolerance, where)
                        errors[name] = max(errors[name], error)
    return errors


def check_loss_gradients(
    loss: SoftmaxCrossEntropy,
    logits: NDArray,
    targets: NDArray,
    weights: NDArray | None = None,
    *,
    step: float = 1e-5,
    tolerance: float = 1e-6,
    absolute_tolerance: float = 1e-7,
) -> float:
    """The same for a loss: compares every element of dlogits, with either backend. Returns the relative error."""
    logits, errors = np.array(logits, np.float64), []

    def value() -> float:
        return loss.forward(logits, targets, weights)

    for backend in _BACKENDS:
        with use_backend(backend):
            numeric = _central_differences(value, logits, np.random.default_rng(0), logits.size, step)
            value()
            where = f"with backend {backend!r}"
            errors.append(_compare("logits", loss.backward(), numeric, tolerance, absolute_tolerance, where))
    return max(errors)


def _backward_passes(
    layer: Layer, x: NDArray, y: NDArray, dy: NDArray, training: bool, where: str, watch: bool
) -> Iterator[dict[str, NDArray]]:
    """Gradients by name, of two passes through a copy of the layer, the second without dx; see ``_watch``."""
    tried = copy.deepcopy(layer)
    for part in tried.walk() if watch else ():
        _watch(part, where)
    for skip in (False, True):
        _restore_state(tried, layer)
        if skip:
            tried.skip_input_gradient()
        output = tried.forward(x.copy(), training)
        if output.shape != y.shape or not np.allclose(output, y, rtol=1e-9, atol=1e-9):
            raise GradientError(f"{where}, the output differs from that with backend 'kernels'")
        dx = tried.backward(dy.copy())
        if missing := layer.params.keys() ^ tried.grads.keys():
            raise GradientError(f"{where}, params and grads have different keys: {sorted(missing)}")
        if dx is None and not skip:
            raise GradientError(f"{where}, backward returns None instead of dx")
        yield dict(tried.grads) if skip else {**tried.grads, "x": dx}


def _watch(layer: Layer, where: str) -> None:
    """Let ``forward`` and ``backward`` of a layer raise GradientError if they change their argument."""
    forward, backward = layer.forward, layer.backward

    def watched_forward(x: NDArray, training: bool = False) -> NDArray:
        before = x.copy()
        y = forward(x, training)
        if not np.array_equal(x, before, equal_nan=True):
            raise GradientError(f"{where}, forward of {type(layer).__name__} changes x")
        return y

    def watched_backward(dy: NDArray) -> NDArray | None:
        before = dy.copy()
        dx = backward(dy)
        if not np.array_equal(dy, before, equal_nan=True):
            raise GradientError(f"{where}, backward of {type(layer).__name__} changes dy")
        return dx

    layer.forward, layer.backward = watched_forward, watched_backward


def _restore_state(tried: Layer, layer: Layer) -> None:
    """Give random generators and buffers the state that they have in ``layer``, so that a pass can be repeated."""
    for rng, original in zip(generators_of(tried), generators_of(layer), strict=True):
        rng.bit_generator.state = original.bit_generator.state
    for name, array in tried.buffers.items():
        array[...] = layer.buffers[name]


def _central_differences(
    value: Callable[[], float], array: NDArray, rng: np.random.Generator, samples: int, step: float
) -> _Numeric:
    """Slopes of ``value``, which reads ``array``, at random elements of it."""
    indices = rng.choice(array.size, min(samples, array.size), replace=False)
    return _Numeric(array.shape, indices, np.array([_slope(value, array, index, step) for index in indices]))


def _slope(value: Callable[[], float], array: NDArray, index: int, step: float) -> float:
    """The central difference at one element, with smaller steps where the function has a kink nearby."""
    flat, start, middle = array.flat, array.flat[index], value()
    for _ in range(4):
        flat[index] = start + step
        ahead = (value() - middle) / step
        flat[index] = start - step
        behind = (middle - value()) / step
        flat[index] = start
        if abs(ahead - behind) <= 10 * step * max(1.0, abs(ahead) + abs(behind)):
            break
        step /= 10
    return (ahead + behind) / 2


def _compare(
    name: str, gradient: NDArray, numeric: _Numeric, tolerance: float, absolute_tolerance: float, where: str
) -> float:
    """Relative error of a gradient over the sampled elements."""
    if gradient.shape != numeric.shape:
        raise GradientError(f"{where}, the gradient of {name} has shape {gradient.shape}, the array {numeric.shape}")
    given = gradient.reshape(-1)[numeric.indices]
    differences = np.abs(given - numeric.slopes)
    scale = max(np.linalg.norm(numeric.slopes), np.linalg.norm(given)) + absolute_tolerance / tolerance
    error = float(np.linalg.norm(differences) / scale)
    if not error <= tolerance:
        worst = np.argmax(differences)
        index = tuple(int(i) for i in np.unravel_index(numeric.indices[worst], numeric.shape))
        raise GradientError(
            f"{where}, the gradient of {name} is off by {error:.1e} (allowed {tolerance:.0e}): at {index} backward"
            f" gives {given[worst]:.9g}, central differences {numeric.slopes[worst]:.9g}"
        )
    return error
