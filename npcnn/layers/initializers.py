"""Initial weights, random but scaled so that signals neither vanish nor explode from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.rng import Seed, as_generator

Initializer = Callable[[tuple[int, ...], Seed], NDArray[np.float32]]


def initial_weights(initializer: Initializer, shape: tuple[int, ...], rng: Seed) -> NDArray[np.float32]:
    """What the initializer gives, C-contiguous. Raises ValueError if it has another shape."""
    w = np.ascontiguousarray(initializer(shape, rng), np.float32)
    if w.shape != shape:
        raise ValueError(f"the initializer must give an array of shape {shape}, got {w.shape}")
    return w


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Fan-in and fan-out: of dense weights (inputs, outputs) or of convolution weights (OC, C, KH, KW)."""
    if len(shape) == 2:
        return shape
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def he_normal(shape: tuple[int, ...], rng: Seed = None) -> NDArray[np.float32]:
    """Normal with variance ``2 / inputs``, for ReLU and its relatives (He et al., arXiv:1502.01852)."""
    return (as_generator(rng).standard_normal(shape, np.float32) * math.sqrt(2 / fans(shape)[0])).astype(np.float32)


def glorot_uniform(shape: tuple[int, ...], rng: Seed = None) -> NDArray[np.float32]:
    """Uniform with variance ``2 / (inputs + outputs)``, where no ReLU follows (Glorot and Bengio, AISTATS 2010)."""
    limit = math.sqrt(6 / sum(fans(shape)))
    return as_generator(rng).uniform(-limit, limit, shape).astype(np.float32)
