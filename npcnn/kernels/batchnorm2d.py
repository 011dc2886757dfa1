"""Batch normalisation in two kernels: sums over each channel, and an affine map of each channel.

Both passes need two sums a channel (forward of ``x`` and ``x^2``, backward of ``dy`` and ``dy x``), and both results
are ``p[c] a + q[c] b + r[c]`` of the arrays at hand; only the (C,) coefficients differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch

_PARTS = 8
"""Into how many parts the images are cut, at most. Each has sums of its own, which are added in order, so that results
do not depend on the number of threads."""


@kernel
def _channel_sums(call, a, b, sums):
    """Sums of ``a`` and of ``a b`` over each channel; the tasks of ``call`` are parts of the images.

    a and b (N, C, H, W), the same array perhaps; sums (parts, 2, C), float64.
    """
    (images, channels), pixels, parts = a.shape[:2], unsigned(a.shape[2] * a.shape[3]), len(sums)
    first, second = a.reshape(-1), b.reshape(-1)
    for part in next_tasks(call):
        for c in range(channels):
            total, products = 0.0, 0.0
            for n in range(part * images // parts, (part + 1) * images // parts):
                start = unsigned(n * channels + c) * pixels
                for i in range(start, start + pixels):
                    value = np.float64(first[i])
                    total += value
                    products += value * np.float64(second[i])
            sums[part, 0, c] = total
            sums[part, 1, c] = products


@kernel
def _affine(call, a, b, coefficients, y):
    """``y = p[c] a + q[c] b + r[c]`` in each channel c; the tasks of ``call`` are images.

    a, b and y (N, C, H, W), coefficients (3, C): p, q and r.
    """
    channels, pixels = a.shape[1], unsigned(a.shape[2] * a.shape[3])
    first, second, result = a.reshape(-1), b.reshape(-1), y.reshape(-1)
    for n in next_tasks(call):
        for c in range(channels):
            p, q, r = coefficients[0, c], coefficients[1, c], coefficients[2, c]
            start = unsigned(n * channels + c) * pixels
            for i in range(start, start + pixels):
                result[i] = p * first[i] + q * second[i] + r


def _sums(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Sums (2, C) of ``a`` and ``a b`` over images and pixels."""
    sums = np.empty((min(len(a), _PARTS), 2, a.shape[1]))
    launch(_channel_sums, len(sums), a, b, sums, work=2 * a.size * ELEMENTWISE)
    return sums.sum(axis=0)


def _mapped(a: NDArray, b: NDArray, p: NDArray, q: NDArray, r: NDArray) -> NDArray:
    """``p a + q b + r`` channel by channel."""
    y, coefficients = empty(a.shape, a.dtype), np.stack(np.broadcast_arrays(p, q, r)).astype(a.dtype)
    launch(_affine, len(a), a, b, coefficients, y, work=a.size * ELEMENTWISE)
    return y


def batchnorm2d_forward(x: NDArray, gamma: NDArray, beta: NDArray, epsilon: float) -> tuple[NDArray, NDArray, NDArray]:
    """y (N, C, H, W), normalised by the statistics of the batch; mean and ``1 / sqrt(variance + epsilon)``, (C,)."""
    total, squares = _sums(x, x)
    count = x.size // x.shape[1]
    mean = total / count
    inverse_std = 1 / np.sqrt(np.maximum(squares / count - mean * mean, 0) + epsilon)
    y = _mapped(x, x, gamma * inverse_std, np.zeros(1), beta - gamma * inverse_std * mean)
    return y, mean.astype(x.dtype), inverse_std.astype(x.dtype)


def batchnorm2d_inference(
    x: NDArray, gamma: NDArray, beta: NDArray, mean: NDArray, variance: NDArray, epsilon: float
) -> NDArray:
    """y (N, C, H, W), normalised by given statistics (C,)."""
    scale = gamma / np.sqrt(variance + x.dtype.type(epsilon))
    return _mapped(x, x, scale, np.zeros(1), beta - scale * mean)


def batchnorm2d_backward(
    dy: NDArray, x: NDArray, gamma: NDArray, mean: NDArray, inverse_std: NDArray, batch_statistics: bool
) -> tuple[NDArray, NDArray, NDArray]:
    """dx (N, C, H, W), dgamma and dbeta (C,); without ``batch_statistics``, mean and inverse_std were constants."""
    dbeta, products = _sums(dy, x)
    dgamma = (products - mean * dbeta) * inverse_std
    slope, count = gamma * inverse_std.astype(np.float64), dy.size // dy.shape[1]
    if batch_statistics:
        variance_term = -slope * inverse_std * dgamma / count
        dx = _mapped(dy, x, slope, variance_term, -slope * dbeta / count - variance_term * mean)
    else:
        dx = _mapped(dy, x, slope, np.zeros(1), np.zeros(1))
    return dx, dgamma.astype(dy.dtype), dbeta.astype(dy.dtype)
