"""Convolution, alone and with pooling and ELU behind it: cut into tasks for the threads.

See ``convolution.py`` for the forward pass, ``convolution_gradients.py`` and ``sparse_gradients.py`` for the backward
pass.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d.forward import forward, pack, packed_size
from npcnn.kernels.conv2d.layout import (
    PaddedLayout,
    WindowOffsets,
    padded_layout,
    pooled_size,
    round_up_to_vector,
    window_offsets,
)
from npcnn.kernels.conv2d.masked_gradient import backward
from npcnn.kernels.conv2d.sparse_gradient import backward_at_maxima
from npcnn.kernels.conv2d.weight_layout import chunks_of, taps_of
from npcnn.kernels.simd.vectors import aligned_zeros
from npcnn.runtime.buffers import empty
from npcnn.runtime.threads import ELEMENTWISE, launch

_PARTS = 8
"""Into how many sums of dw a batch is cut, at most: work for as many threads. It does not depend on their number, so
neither do the results."""

_WORTH_ZEROS = 2
"""How many multiplications by place take no longer than one at the maxima."""

_NONE = (1, 1)
"""The pooling window of a plain convolution."""


def conv2d_forward(x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple) -> NDArray:
    """Each output channel is a lane of a vector: the pixels under the kernel, one by one, times vectors of weights."""
    return _forward(x, w, b, stride, padding, _NONE, None)[0]


def conv_block_forward(
    x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple, window: tuple, alpha: float
) -> tuple[NDArray, NDArray[np.uint16]]:
    """The same at each place of the pooling window; the largest result is kept, and only its ELU is taken."""
    y, argmax = _forward(x, w, b, stride, padding, window, alpha)
    return y, argmax if window != _NONE else np.zeros(y.shape, np.uint16)


def _forward(
    x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple, window: tuple, alpha: float | None
) -> tuple[NDArray, NDArray[np.uint16]]:
    output_size = pooled_size(x.shape[2:], w.shape[2:], stride, padding, window)
    canvas, windows = _views(x.shape, w.shape, stride, padding, window, output_size)
    y = empty((len(x), len(w), *output_size), x.dtype)
    argmax = empty(y.shape if window != _NONE else (0, *y.shape[1:]), np.uint16)
    packed, taps = aligned_zeros(packed_size(len(w), w[0].size, w), w), w[0].size
    pack(w.reshape(-1), b, taps, packed, 0)
    work = y.size * (taps * len(windows.places) + ELEMENTWISE)
    launch(
        forward, len(x), x, packed, canvas, windows, alpha is not None, x.dtype.type(alpha or 0), y, argmax, work=work
    )
    return y, argmax


def _views(
    x_shape: tuple, w_shape: tuple, stride: tuple, padding: tuple, window: tuple, output_size: tuple
) -> tuple[PaddedLayout, WindowOffsets]:
    """An image's canvas and the windows on it; outputs follow each other without padding."""
    canvas, pixel = padded_layout(x_shape[2:], x_shape[1], padding), round_up_to_vector(w_shape[0])
    outputs = padded_layout(output_size, pixel, (0, 0, 0, 0))
    return canvas, window_offsets(canvas, w_shape, stride, padding, window, output_size, outputs)


def conv2d_backward_input(dy: NDArray, w: NDArray, input_size: tuple, stride: tuple, padding: tuple) -> NDArray:
    """Each output adds its gradient, times its weights, to the pixels that it saw."""
    dx = empty((len(dy), w.shape[1], *input_size), dy.dtype)
    _backward(dy, dy, _no_argmax(), dx, w, stride, padding, _NONE, None, dx, None)
    return dx


def conv2d_backward_weights(
    dy: NDArray, x: NDArray, kernel_size: tuple, stride: tuple, padding: tuple
) -> tuple[NDArray, NDArray]:
    """Each output adds the pixels that it saw, times its gradient; summed over the images in parts."""
    dw = np.empty((dy.shape[1], x.shape[1], *kernel_size), dy.dtype)
    return dw, _backward(dy, dy, _no_argmax(), x, dw, stride, padding, _NONE, None, None, dw)


def conv_block_backward(
    dy: NDArray,
    y: NDArray,
    argmax: NDArray[np.uint16],
    x: NDArray,
    w: NDArray,
    stride: tuple,
    padding: tuple,
    window: tuple,
    alpha: float,
    needs_input_gradient: bool,
) -> tuple[NDArray | None, NDArray, NDArray]:
    """As of a plain convolution, where each output saw only what lies under the kernel at the place of its maximum."""
    dw, dx = np.empty_like(w), empty(x.shape, x.dtype) if needs_input_gradient else None
    places = argmax if window != _NONE else _no_argmax()
    db = _backward(dy, y, places, x, w, stride, padding, window, alpha, dx, dw)
    return dx, dw, db


def _no_argmax() -> NDArray[np.uint16]:
    return np.empty((0, 0, 0, 0), np.uint16)


def _backward(
    dy: NDArray,
    y: NDArray,
    argmax: NDArray[np.uint16],
    x: NDArray,
    w: NDArray,
    stride: tuple,
    padding: tuple,
    window: tuple,
    alpha: float | None,
    dx: NDArray | None,
    dw: NDArray | None,
) -> NDArray:
    """Fill dx and dw, each unless it is None; db. Without dx only the shape of w counts, without dw only that of x."""
    (canvas, windows), dtype = _views(x.shape, w.shape, stride, padding, window, dy.shape[2:]), dy.dtype
    chunks, taps, parts = chunks_of(w.shape, dtype, canvas), taps_of(w.shape, dtype), min(len(dy), _PARTS)
    with_zeros = len(windows.places) * w[0].size <= _WORTH_ZEROS * math.prod(chunks.shape[1:])
    by_place = not len(argmax) or (dx is None and with_zeros)
    layout, kernel = (taps, backward) if by_place else (chunks, backward_at_maxima)
    db, sums = np.empty((parts, len(w)), dtype), empty((parts, *(layout.shape if dw is not None else (0, 0, 0))), dtype)
    given = dx if dx is not None else np.empty((0, 0, 0, 0), dtype)
    arranged = chunks.arrange(w) if dx is not None else np.empty((0, 0, 0), dtype)
    block = dy, y, argmax, alpha is not None, dtype.type(alpha or 0)
    views = canvas, windows._replace(taps=windows.taps[taps.numbers]), chunks.starts
    work = dy.size * (w[0].size + ELEMENTWISE) * ((dx is not None) + (dw is not None))
    launch(kernel, parts, *block, x, arranged, *views, given, sums, db, work=work)
    if dw is not None:
        dw[...] = layout.weights_of(sums.sum(axis=0))
    return db.sum(axis=0)
