"""Convolution, alone and with pooling and ELU behind it: cut into tasks for the threads (see ``convolution.py``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.convolution import backward, by_phase, forward
from npcnn.kernels.phases import layout_of, output_size_of
from npcnn.memory import empty
from npcnn.threads import ELEMENTWISE, share

_PARTS = 8
"""Into how many sums of dw a batch is cut, at most: work for as many threads. It does not depend on their number, so
neither do the results."""

_NONE = (1, 1)
"""The pooling window of a plain convolution."""


def conv2d_forward(x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple) -> NDArray:
    """One product a group of images: the weights (OC, C * KH * KW) times the windows (C * KH * KW, outputs)."""
    return _forward(x, w, b, stride, padding, _NONE, None)[0]


def conv2d_block_forward(
    x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple, window: tuple, alpha: float
) -> tuple[NDArray, NDArray[np.uint16]]:
    """One product a place of the pooling window; the largest of their results at each output is kept, then the ELU."""
    y, argmax = _forward(x, w, b, stride, padding, window, alpha)
    return y, argmax if window != _NONE else np.zeros(y.shape, np.uint16)


def _forward(
    x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple, window: tuple, alpha: float | None
) -> tuple[NDArray, NDArray[np.uint16]]:
    output_size = output_size_of(x.shape[2:], w.shape[2:], stride, padding, window)
    layout = layout_of(len(x), w.shape, output_size, stride, padding, window)
    y = empty((len(x), len(w), *output_size), x.dtype)
    argmax = empty(y.shape if window != _NONE else (0, *y.shape[1:]), np.uint16)
    tasks, work = -(-len(x) // layout.geometry.group), y.size * (layout.windows.size + ELEMENTWISE)
    share(forward, tasks, x, w, b, layout, alpha is not None, x.dtype.type(alpha or 0), y, argmax, work=work)
    return y, argmax


def conv2d_backward_input(dy: NDArray, w: NDArray, input_size: tuple, stride: tuple, padding: tuple) -> NDArray:
    """Each pixel gathers from the outputs that saw it: for each phase of the pixels a convolution of dy."""
    dx = empty((len(dy), w.shape[1], *input_size), dy.dtype)
    _backward(dy, dy, _no_argmax(), dx, w, stride, padding, _NONE, None, dx, None)
    return dx


def conv2d_backward_weights(
    dy: NDArray, x: NDArray, kernel_size: tuple, stride: tuple, padding: tuple
) -> tuple[NDArray, NDArray]:
    """The product of dy (OC, outputs) and the windows (outputs, C * KH * KW), summed over the images in parts."""
    dw = np.empty((dy.shape[1], x.shape[1], *kernel_size), dy.dtype)
    return dw, _backward(dy, dy, _no_argmax(), x, dw, stride, padding, _NONE, None, None, dw)


def conv2d_block_backward(
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
    """As of a plain convolution, from the gradients that ELU and pooling hand back to each place of the window."""
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
    layout = layout_of(len(dy), w.shape, dy.shape[2:], stride, padding, window)
    parts, channels, taps, dtype = (
        min(-(-len(dy) // layout.geometry.group), _PARTS),
        len(w),
        layout.windows.shape[1],
        dy.dtype,
    )
    db = np.zeros((parts, channels), dtype)
    # Whole blocks of rows and columns.
    sums = np.zeros((parts, channels + -channels % 4, taps + -taps % 3) if dw is not None else (0, 0, 0), dtype)
    given = dx if dx is not None else np.empty((0, 0, 0, 0), dtype)
    matrix = by_phase(w, layout.taps) if dx is not None else w
    work = dy.size * (layout.windows.size + ELEMENTWISE) * ((dx is not None) + (dw is not None))
    block = dy, y, argmax, alpha is not None, dtype.type(alpha or 0)
    share(backward, parts, *block, x, matrix, layout, given, sums, db, work=work)
    if dw is not None:
        dw[...] = sums.sum(axis=0)[:channels, :taps].reshape(dw.shape)
    return db.sum(axis=0)
