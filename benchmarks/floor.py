"""The floor: a lower bound of the network's run time, from its arithmetic and the machine's floating-point rate.

The floor is the number of floating-point operations (FLOP) of the convolutions and dense layers divided by the rate of
a large matrix product (``sgemm``). An implementation that performs these operations cannot be faster; one that needs
fewer, such as Winograd's method for convolutions, can.
"""

from __future__ import annotations

import math
import statistics
import time

import numpy as np

from npcnn import Conv2D, Dense, Residual
from npcnn.layers.layer import Layer, Shape

_SIDE = 2048  # three float32 matrices of this size exceed the L2 cache


def network_flops(network: Layer, input_shape: Shape) -> tuple[int, int]:
    """Return the FLOP per image of a forward pass and of a training step.

    Multiplications and additions count as one FLOP each. A training step consists of the forward pass, the gradients of
    all weights, and the gradients of the inputs, except for layers without preceding weights. Biases, pooling,
    activations and the optimizer are not counted.
    """
    layers = _multiplications(network, input_shape, first=True)
    forward = sum(2 * number for number, _ in layers)
    return forward, 2 * forward + sum(2 * number for number, first in layers if not first)


def _multiplications(layer: Layer, shape: Shape, first: bool) -> list[tuple[int, bool]]:
    """Return, for each layer with weights, its multiplications per image and whether no such layer precedes it."""
    if isinstance(layer, Residual):
        return [found for branch in layer.children().values() for found in _multiplications(branch, shape, first)]
    if layer.children():
        found = []
        for child in layer.children().values():
            found += _multiplications(child, shape, first and not found)
            shape = child.output_shape(shape)
        return found
    if isinstance(layer, Conv2D):
        return [(layer.params["w"].size * math.prod(layer.output_shape(shape)[1:]), first)]
    if isinstance(layer, Dense):
        return [(layer.params["w"].size, first)]
    return []


def sgemm_rate(seconds: float) -> float:
    """Return the FLOP/s of NumPy's product of two large float32 matrices, as the median over ``seconds`` seconds."""
    a = np.random.default_rng(0).standard_normal((2, _SIDE, _SIDE), np.float32)
    product = np.empty((_SIDE, _SIDE), np.float32)
    np.matmul(a[0], a[1], out=product)
    rates = []
    stop = time.perf_counter() + seconds
    while not rates or time.perf_counter() < stop:
        started = time.perf_counter()
        np.matmul(a[0], a[1], out=product)
        rates.append(2 * _SIDE**3 / (time.perf_counter() - started))
    return statistics.median(rates)
