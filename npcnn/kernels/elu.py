"""ELU without a call to the exponential, so that the loop vectorises."""

from __future__ import annotations

import math

from numpy.typing import NDArray

from npcnn.kernels.simd.arithmetic import constant_like, floor, fma, power_of_two, select_greater
from npcnn.kernels.simd.vectors import lanes, load, splat, store
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch

_CHUNK = 16384
"""Numbers a task."""

_LOG2_E = 1 / math.log(2)
_LN_2_HIGH = 355 / 512  # so few bits that its product with a small whole number is exact
_LN_2_LOW = math.log(2) - _LN_2_HIGH


@inlined
def elu(x, alpha, precise):
    """ELU of a number, or of a vector of them.

    ``e^x - 1`` with ``x = n ln 2 + r``, ``|r| < 0.35``: ``2^n (e^r - 1) + (2^n - 1)``, where ``e^r - 1`` is Taylor's
    series: seven terms, ten for float64. x is cut at -40, where the result has long been -1. Every step is rounded once
    and either rises with x or errs by less than it rises, so that a float32 result never falls as x rises: pooling
    before or after the ELU is the same.
    """
    zero, one = constant_like(x, 0.0), constant_like(x, 1.0)
    t = select_greater(x, constant_like(x, -40.0), x, constant_like(x, -40.0))
    n = floor(fma(t, constant_like(x, _LOG2_E), constant_like(x, 0.5)))
    r = fma(n, constant_like(x, -_LN_2_LOW), fma(n, constant_like(x, -_LN_2_HIGH), t))
    series = constant_like(x, 1 / 5040)
    if precise:
        series = fma(
            r,
            fma(r, fma(r, constant_like(x, 1 / 3628800), constant_like(x, 1 / 362880)), constant_like(x, 1 / 40320)),
            series,
        )
    series = fma(r, fma(r, series, constant_like(x, 1 / 720)), constant_like(x, 1 / 120))
    series = fma(r, fma(r, fma(r, series, constant_like(x, 1 / 24)), constant_like(x, 1 / 6)), constant_like(x, 1 / 2))
    power = power_of_two(n)
    below = fma(power, fma(fma(r, r, zero), series, r), fma(power, one, constant_like(x, -1.0)))
    return select_greater(x, zero, x, fma(alpha, below, zero))


@kernel
def elu_into(x, start, length, alpha, y, place):
    """``y[place + i] = ELU(x[start + i])`` for i below length; x and y must not overlap."""
    start, place, length, precise = unsigned(start), unsigned(place), unsigned(length), x.itemsize > 4
    one, alphas, i = lanes(x), splat(alpha), unsigned(0)
    while i + one <= length:
        store(y, place + i, elu(load(x, start + i), alphas, precise))
        i += one
    while i < length:
        y[place + i] = elu(x[start + i], alpha, precise)
        i += unsigned(1)


@kernel
def _forward(call, x, alpha, y):
    for task in next_tasks(call):
        start = task * _CHUNK
        elu_into(x, start, min(_CHUNK, len(x) - start), alpha, y, start)


def elu_forward(x: NDArray, alpha: float) -> NDArray:
    """``y = x`` where ``x > 0``, else ``alpha (e^x - 1)``; any shape (arXiv:1511.07289)."""
    y = empty(x.shape, x.dtype)
    launch(_forward, -(-x.size // _CHUNK), x.reshape(-1), x.dtype.type(alpha), y.reshape(-1), work=x.size * ELEMENTWISE)
    return y


@kernel
def _backward(call, dy, y, alpha, dx):
    for task in next_tasks(call):
        for i in range(unsigned(task * _CHUNK), unsigned(min((task + 1) * _CHUNK, len(y)))):
            dx[i] = dy[i] if y[i] > 0 else dy[i] * (y[i] + alpha)


def elu_backward(dy: NDArray, y: NDArray, alpha: float) -> NDArray:
    """``dx = dy`` where ``y > 0``, else ``dy (y + alpha)``; y is the output of the forward pass."""
    dx = empty(dy.shape, dy.dtype)
    launch(
        _backward,
        -(-y.size // _CHUNK),
        dy.reshape(-1),
        y.reshape(-1),
        y.dtype.type(alpha),
        dx.reshape(-1),
        work=y.size * ELEMENTWISE,
    )
    return dx
