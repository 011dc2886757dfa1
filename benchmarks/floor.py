"""What the arithmetic alone must cost: the network's multiplications and additions, and how fast the machine does them.

No implementation that multiplies as a matrix product does can be faster than the floor: the number of floating-point
operations (FLOP) of the convolutions and dense layers over the rate of a large product of matrices (``sgemm``).
"""

from __future__ import annotations

import math
import statistics
import time

import numpy as np

from npcnn import Conv2D, Dense, Residual
from npcnn.layers.layer import Layer, Shape

_SIDE = 2048  # three such matrices of float32 do not fit any second-level cache


def network_flops(network: Layer, input_shape: Shape) -> tuple[int, int]:
    """FLOP an image of (a forward pass, a training step); every multiplication and every addition is one.

    A training step has the forward pass, the gradients of all weights, and the gradients of the inputs where a layer
    before has weights. Biases, pooling, activations and the optimizer are not counted.
    """
    layers = _multiplications(network, input_shape, first=True)
    forward = sum(2 * number for number, _ in layers)
    return forward, 2 * forward + sum(2 * number for number, first in layers if not first)


def _multiplications(layer: Layer, shape: Shape, first: bool) -> list[tuple[int, bool]]:
    """Multiplications an image of each layer with weights, and whether it is one of the first such layers."""
    if isinstance(layer, Residual):
        return [found for way in layer.children().values() for found in _multiplications(way, shape, first)]
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
    """FLOP a second of NumPy's product of two large float32 matrices: the median over so many seconds."""
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
