"""The operations of ``npcnn.reference`` on convolution: allocate, lay out, cut into tasks for the threads."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d import winograd
from npcnn.kernels.conv2d.backward import BlockOutput, Geometry, Gradients, backward
from npcnn.kernels.conv2d.forward import Epilogue, forward, pack_filters
from npcnn.kernels.conv2d.layout import (
    PaddedLayout,
    WindowOffsets,
    padded_layout,
    round_up_to_vector,
    window_offsets,
)
from npcnn.kernels.conv2d.weight_layout import channel_groups, kernel_row_slices
from npcnn.reference import output_size
from npcnn.runtime.buffers import empty
from npcnn.runtime.threads import ELEMENTWISE, launch

_MAX_PARTS = 8
"""Parts of a batch, at most, that have their own sums of dw: enough work for as many threads. As it does not depend on
the number of threads, neither do the results."""

_SPARSE_COST = 2
"""Time of a sparse multiply-add, in dense multiply-adds."""

_NO_PADDING, _NO_POOLING = (0, 0, 0, 0), (1, 1)


def conv2d_forward(x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple) -> NDArray:
    """y (N, OC, OH, OW) of x (N, C, H, W), w (OC, C, KH, KW) and b (OC,)."""
    return _forward(x, w, b, (stride, padding, _NO_POOLING), None)[0]


def conv_block_forward(
    x: NDArray, w: NDArray, b: NDArray, stride: tuple, padding: tuple, window: tuple, alpha: float
) -> tuple[NDArray, NDArray[np.uint16]]:
    """y and argmax (N, OC, OH, OW); with a window of one pixel all argmax are 0."""
    y, argmax = _forward(x, w, b, (stride, padding, window), alpha)
    return y, argmax if window != _NO_POOLING else np.zeros(y.shape, np.uint16)


def _forward(
    x: NDArray, w: NDArray, b: NDArray, geometry: tuple, alpha: float | None
) -> tuple[NDArray, NDArray[np.uint16]]:
    """y and argmax, which is empty without pooling. geometry: stride, padding and window; no alpha means no ELU."""
    stride, padding, window = geometry
    convolved = output_size(x.shape[2:], w.shape[2:], stride, padding)
    y = empty((len(x), len(w), *output_size(convolved, window, window, _NO_PADDING)), x.dtype)
    argmax = empty(y.shape if window != _NO_POOLING else (0, *y.shape[1:]), np.uint16)
    epilogue = Epilogue(False, alpha is not None, x.dtype.type(alpha or 0), False)
    if winograd.is_suitable(w.shape, stride, window, y.shape[2:]):
        _forward_tiles(x, w, b, padding, epilogue, y)
        return y, argmax
    layout, windows = _offsets(x.shape, w.shape, geometry, y.shape[2:])
    work = y.size * (w[0].size * len(windows.pool) + ELEMENTWISE)
    launch(forward, len(x), x, pack_filters(w, b), layout, windows, epilogue, y, argmax, work=work)
    return y, argmax


def _forward_tiles(x: NDArray, w: NDArray, b: NDArray, padding: tuple, epilogue: Epilogue, y: NDArray) -> None:
    """Fill y by Winograd's method."""
    layout = padded_layout(x.shape[2:], x.shape[1], padding)
    target = padded_layout(y.shape[2:], round_up_to_vector(len(w)), _NO_PADDING)
    packed = winograd.pack_transformed_filters(w, b)
    offsets = winograd.tile_offsets(layout, padding, y.shape[2:], target)
    work = y.size * (w[0].size + ELEMENTWISE)
    launch(winograd.forward_tiles, len(x), x, packed, layout, offsets, epilogue, y, work=work)


def _offsets(x_shape: tuple, w_shape: tuple, geometry: tuple, size: tuple) -> tuple[PaddedLayout, WindowOffsets]:
    """The layout of an image, and its windows for outputs of ``size`` (OH, OW), which are not padded."""
    layout = padded_layout(x_shape[2:], x_shape[1], geometry[1])
    target = padded_layout(size, round_up_to_vector(w_shape[0]), _NO_PADDING)
    return layout, window_offsets(layout, w_shape, *geometry, size, target)


def conv2d_backward_input(dy: NDArray, w: NDArray, input_size: tuple, stride: tuple, padding: tuple) -> NDArray:
    """dx (N, C, H, W) of dy (N, OC, OH, OW) and w (OC, C, KH, KW).

    With a stride of 1, ``dx[n,c,h,w] = sum_{o,k,l} dy[n,o,h+top-k,w+left-l] w[o,c,k,l]`` is a convolution of dy with
    the filters rotated by 180 degrees (Dumoulin and Visin, arXiv:1603.07285), for which the forward pass is faster. Its
    padding is what the kernel size leaves of the padding of x.
    """
    kh, kw = w.shape[2:]
    dy_padding = tuple(size - 1 - pixels for size, pixels in zip((kh, kh, kw, kw), padding, strict=True))
    if stride == (1, 1) and min(dy_padding) >= 0:
        flipped = np.ascontiguousarray(w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))
        return conv2d_forward(dy, flipped, np.zeros(len(flipped), dy.dtype), stride, dy_padding)
    dx = empty((len(dy), w.shape[1], *input_size), dy.dtype)
    _backward(dy, _no_block(dy), dx, w, (stride, padding, _NO_POOLING), dx, None)
    return dx


def conv2d_backward_weights(
    dy: NDArray, x: NDArray, kernel_size: tuple, stride: tuple, padding: tuple
) -> tuple[NDArray, NDArray]:
    """dw (OC, C, KH, KW) and db (OC,) of dy (N, OC, OH, OW) and x (N, C, H, W)."""
    dw = np.empty((dy.shape[1], x.shape[1], *kernel_size), dy.dtype)
    return dw, _backward(dy, _no_block(dy), x, dw, (stride, padding, _NO_POOLING), None, dw)


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
    """dx (N, C, H, W), or None if it is not needed, dw (OC, C, KH, KW) and db (OC,)."""
    dw, dx = np.empty_like(w), empty(x.shape, x.dtype) if needs_input_gradient else None
    output = BlockOutput(y, argmax if window != _NO_POOLING else _no_array(np.uint16), True, dy.dtype.type(alpha))
    return dx, dw, _backward(dy, output, x, w, (stride, padding, window), dx, dw)


def _no_array(dtype: np.dtype) -> NDArray:
    return np.empty((0, 0, 0, 0), dtype)


def _no_block(dy: NDArray) -> BlockOutput:
    """The output of a plain convolution, without pooling and ELU."""
    return BlockOutput(dy, _no_array(np.uint16), False, dy.dtype.type(0))


def _backward(
    dy: NDArray, output: BlockOutput, x: NDArray, w: NDArray, geometry: tuple, dx: NDArray | None, dw: NDArray | None
) -> NDArray:
    """Fill dx and dw unless they are None, return db. Only the shape of w is read without dx, of x without dw."""
    (layout, windows), dtype, taps = _offsets(x.shape, w.shape, geometry, dy.shape[2:]), dy.dtype, w[0].size
    slices, groups = kernel_row_slices(w.shape, dtype, layout), channel_groups(w.shape, dtype)
    dense_is_cheaper = len(windows.pool) * taps <= _SPARSE_COST * math.prod(slices.shape[1:])
    sparse = len(output.argmax) > 0 and not (dx is None and dense_is_cheaper)
    dw_layout, parts = slices if sparse else groups, min(len(dy), _MAX_PARTS)
    gradients = Gradients(
        dx if dx is not None else _no_array(dtype),
        empty((parts, *(dw_layout.shape if dw is not None else (0, 0, 0))), dtype),
        np.empty((parts, len(w)), dtype),
    )
    packed = slices.pack(w) if dx is not None else np.empty((0, 0, 0), dtype)
    offsets = Geometry(layout, windows._replace(taps=windows.taps[groups.tap_indices]), slices.offsets)
    work = dy.size * (taps + ELEMENTWISE) * ((dx is not None) + (dw is not None))
    launch(backward, parts, dy, output, x, packed, offsets, gradients, sparse, work=work)
    if dw is not None:
        dw[...] = dw_layout.unpack(gradients.dw.sum(axis=0))
    return gradients.db.sum(axis=0)
