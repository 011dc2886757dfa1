"""First weights, drawn so that signals neither die out nor blow up from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Initializer = Callable[[tuple[int, ...], np.random.Generator | None], NDArray[np.float32]]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Inputs and outputs of one unit: of dense weights (inputs, outputs) or of convolution weights (OC, C, KH, KW)."""
    if len(shape) == 2:
        return shape
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def he_normal(shape: tuple[int, ...], rng: np.random.Generator | None = None) -> NDArray[np.float32]:
    """Normal with variance ``2 / inputs``, for rectifier-like activations (He et al., arXiv:1502.01852)."""
    rng = rng or np.random.default_rng()
    return (rng.standard_normal(shape, np.float32) * math.sqrt(2 / fans(shape)[0])).astype(np.float32)


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator | None = None) -> NDArray[np.float32]:
    """Uniform with variance ``2 / (inputs + outputs)``, if no rectifier follows (Glorot and Bengio, AISTATS 2010)."""
    rng = rng or np.random.default_rng()
    limit = math.sqrt(6 / sum(fans(shape)))
    return rng.uniform(-limit, limit, shape).astype(np.float32)
