"""ELU with a polynomial in place of the exponential, so that the loop vectorises."""

from __future__ import annotations

import math

from numpy.typing import NDArray

from npcnn.kernels.elementwise import CHUNK, chunk, launch_elementwise
from npcnn.kernels.simd.arithmetic import constant_like, floor, fma, power_of_two, select_greater
from npcnn.kernels.simd.vectors import lanes, load, splat, store
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks

_LOG2_E = 1 / math.log(2)
_LN_2_HIGH = 355 / 512  # has so few bits that its product with a small integer is exact
_LN_2_LOW = math.log(2) - _LN_2_HIGH


@inlined
def elu(x, alpha, precise):
    """ELU of x, a scalar or a vector; alpha is of the same type. ``precise`` adds the terms that float64 needs.

    With ``x = n ln 2 + r`` and ``|r| < 0.35``, ``e^x - 1 = 2^n (e^r - 1) + (2^n - 1)``. The Taylor series of
    ``e^r - 1`` has seven terms, or ten for float64. x is clamped at -40, where the result has long been -1. Each step
    is rounded once, and either increases with x or has an error smaller than its increase. So a float32 result never
    decreases as x increases, and pooling before or after the ELU gives the same.
    """
    zero, one = constant_like(x, 0.0), constant_like(x, 1.0)
    # Range reduction: n = round(x / ln 2) and r = x - n ln 2, where ln 2 is a sum of two parts.
    t = select_greater(x, constant_like(x, -40.0), x, constant_like(x, -40.0))
    n = floor(fma(t, constant_like(x, _LOG2_E), constant_like(x, 0.5)))
    r = fma(n, constant_like(x, -_LN_2_LOW), fma(n, constant_like(x, -_LN_2_HIGH), t))
    # Horner's scheme for (e^r - 1 - r) / r^2.
    series = constant_like(x, 1 / 5040)
    if precise:
        series = fma(
            r,
            fma(r, fma(r, constant_like(x, 1 / 3628800), constant_like(x, 1 / 362880)), constant_like(x, 1 / 40320)),
            series,
        )
    series = fma(r, fma(r, series, constant_like(x, 1 / 720)), constant_like(x, 1 / 120))
    series = fma(r, fma(r, fma(r, series, constant_like(x, 1 / 24)), constant_like(x, 1 / 6)), constant_like(x, 1 / 2))
    # 2^n (r^2 series + r) + (2^n - 1); multiplying by one and adding zero with fma rounds each operation by itself.
    power = power_of_two(n)
    below = fma(power, fma(fma(r, r, zero), series, r), fma(power, one, constant_like(x, -1.0)))
    return select_greater(x, zero, x, fma(alpha, below, zero))


@kernel
def elu_into(x, x_start, length, alpha, y, y_start):
    """``y[y_start + i] = ELU(x[x_start + i])`` for i below length; the flat arrays x and y must not overlap.

    alpha is a scalar of their dtype.
    """
    x_start, y_start, length, precise = unsigned(x_start), unsigned(y_start), unsigned(length), x.itemsize > 4
    width, alphas, i = lanes(x), splat(alpha), unsigned(0)
    while i + width <= length:
        store(y, y_start + i, elu(load(x, x_start + i), alphas, precise))
        i += width
    while i < length:
        y[y_start + i] = elu(x[x_start + i], alpha, precise)
        i += unsigned(1)


@kernel
def _forward(call, x, alpha, y):
    """``y = ELU(x)`` with the scalar alpha, of flat arrays, for the tasks of ``call``."""
    for task in next_tasks(call):
        start = task * CHUNK
        elu_into(x, start, min(CHUNK, len(x) - start), alpha, y, start)


def elu_forward(x: NDArray, alpha: float) -> NDArray:
    """``y = x`` where ``x > 0``, else ``alpha (e^x - 1)``; any shape (arXiv:1511.07289)."""
    y = empty(x.shape, x.dtype)
    launch_elementwise(_forward, x.size, x.reshape(-1), x.dtype.type(alpha), y.reshape(-1))
    return y


@kernel
def _backward(call, dy, y, alpha, dx):
    """``dx = dy`` where ``y > 0``, else ``dy (y + alpha)``: flat arrays and a scalar, for the tasks of ``call``."""
    for task in next_tasks(call):
        for i in chunk(task, len(y)):
            dx[i] = dy[i] if y[i] > 0 else dy[i] * (y[i] + alpha)


def elu_backward(dy: NDArray, y: NDArray, alpha: float) -> NDArray:
    """``dx = dy`` where ``y > 0``, else ``dy (y + alpha)``; y is the output of the forward pass."""
    dx = empty(dy.shape, dy.dtype)
    launch_elementwise(_backward, y.size, dy.reshape(-1), y.reshape(-1), y.dtype.type(alpha), dx.reshape(-1))
    return dx
