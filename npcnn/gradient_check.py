"""Is this backward the derivative of this forward? Ask before you trust a layer you wrote."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.layer import Layer
from npcnn.losses import SoftmaxCrossEntropy


class GradientError(AssertionError):
    """A gradient is not the derivative; the message names the array, the place and both numbers."""


def check_gradients(
    layer: Layer,
    x: NDArray,
    *,
    training: bool = False,
    rng: np.random.Generator | None = None,
    samples: int = 30,
    step: float = 1e-5,
    tolerance: float = 1e-6,
) -> dict[str, float]:
    """Hold every gradient of a layer or network against central differences, in float64, on a copy of it.

    The output is weighted with random numbers and summed: ``f = sum(r * forward(x))``, so ``dy = r``. Of x and of each
    parameter, ``samples`` random entries are moved by ``step`` either way, and ``(f(+) - f(-)) / 2 step`` is compared
    with the gradient. Where a kink lies in between (the maximum of a pool changes place), the two halves disagree, and
    smaller steps are tried. Random layers draw the same numbers each time.

    Returns the relative error of each array, ``|difference| / |gradient|`` over its samples; ``x`` is the input's.
    Raises GradientError above ``tolerance``.
    """
    rng = rng or np.random.default_rng(0)
    pristine = copy.deepcopy(layer).astype(np.float64)
    x = np.array(x, np.float64)
    tried = copy.deepcopy(pristine)
    dy = rng.standard_normal(tried.forward(x, training).shape)
    dx = tried.backward(dy)
    gradients = {**tried.grads, **({} if dx is None else {"x": dx})}
    if missing := pristine.params.keys() ^ tried.grads.keys():
        raise GradientError(f"params and grads must have the same keys; only one of them has {sorted(missing)}")

    def value() -> float:
        return float((copy.deepcopy(pristine).forward(x, training) * dy).sum())

    arrays = {**pristine.params, "x": x}
    return {
        name: _compare(name, value, arrays[name], gradient, rng, samples, step, tolerance)
        for name, gradient in gradients.items()
    }


def check_loss_gradients(
    loss: SoftmaxCrossEntropy,
    logits: NDArray,
    targets: NDArray,
    weights: NDArray | None = None,
    *,
    step: float = 1e-5,
    tolerance: float = 1e-6,
) -> float:
    """The same for a loss: every entry of dlogits against central differences. Returns the relative error."""
    logits = np.array(logits, np.float64)
    loss.forward(logits, targets, weights)
    dlogits = loss.backward()

    def value() -> float:
        return loss.forward(logits, targets, weights)

    return _compare("logits", value, logits, dlogits, np.random.default_rng(0), logits.size, step, tolerance)


def _compare(
    name: str,
    value: Callable[[], float],
    array: NDArray,
    gradient: NDArray,
    rng: np.random.Generator,
    samples: int,
    step: float,
    tolerance: float,
) -> float:
    """Relative error of ``gradient`` over random entries of ``array``, which ``value`` reads."""
    if gradient.shape != array.shape:
        raise GradientError(f"the gradient of {name} has shape {gradient.shape}, the array itself {array.shape}")
    places = rng.choice(array.size, min(samples, array.size), replace=False)
    numeric = np.array([_slope(value, array, place, step) for place in places])
    given = gradient.reshape(-1)[places]
    scale = max(np.linalg.norm(numeric), np.linalg.norm(given), 1e-8)
    error = float(np.linalg.norm(numeric - given) / scale)
    if not error <= tolerance:
        worst = np.argmax(np.abs(numeric - given))
        where = tuple(int(i) for i in np.unravel_index(places[worst], array.shape))
        raise GradientError(
            f"the gradient of {name} is off by {error:.1e} (allowed {tolerance:.0e}): at {where} backward says"
            f" {given[worst]:.9g}, central differences {numeric[worst]:.9g}"
        )
    return error


def _slope(value: Callable[[], float], array: NDArray, place: int, step: float) -> float:
    """The central difference at one entry, with smaller steps where the function has a kink nearby."""
    flat, start, middle = array.reshape(-1), array.reshape(-1)[place], value()
    for _ in range(4):
        flat[place] = start + step
        ahead = (value() - middle) / step
        flat[place] = start - step
        behind = (middle - value()) / step
        flat[place] = start
        if abs(ahead - behind) <= 10 * step * max(1.0, abs(ahead) + abs(behind)):
            break
        step /= 10
    return (ahead + behind) / 2
