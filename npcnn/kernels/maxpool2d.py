"""Max-pooling, compiled for each window and stride: where these are constants, the loop along a row vectorises."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.simd.arithmetic import select_greater
from npcnn.reference import output_size
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch


@cache
def _specialised(window: tuple[int, int], stride: tuple[int, int]) -> tuple[Callable, Callable]:
    """The forward and the backward kernel for one window and stride; each task handles one channel of one image."""
    (kh, kw), (sh, sw) = window, stride
    column_step = unsigned(sw)

    @kernel
    def forward(call, x, y, argmax):
        """Pool x (planes, H, W) into y (planes, OH, OW) and argmax, of as many elements, for the tasks of ``call``."""
        (height, width), (output_height, output_width) = x.shape[1:], y.shape[1:]
        x_flat, y_flat, argmax_flat, number = x.reshape(-1), y.reshape(-1), argmax.reshape(-1), x.dtype.type
        for plane in next_tasks(call):
            for i in range(output_height):
                top_left = unsigned((plane * height + i * sh) * width)
                out = unsigned((plane * output_height + i) * output_width)
                # With window and stride known, LLVM unrolls the loops over the window and vectorises this one.
                for j in range(unsigned(output_width)):
                    corner = top_left + j * column_step
                    largest, index = x_flat[corner], number(0)
                    for k in range(kh):
                        for l in range(kw):
                            # A NaN counts as larger than all numbers, so that it stays visible.
                            value = x_flat[corner + unsigned(k * width + l)]
                            index = select_greater(value, largest, number(k * kw + l), index)
                            largest = select_greater(value, largest, value, largest)
                    y_flat[out + j] = largest
                    argmax_flat[out + j] = np.uint16(index)

    @kernel
    def backward(call, dy, argmax, dx):
        """Add dy (planes, OH, OW) to zeros at the argmax: dx (planes, H, W), for the tasks of ``call``."""
        (height, width), (output_height, output_width) = dx.shape[1:], dy.shape[1:]
        dy_flat, dx_flat, argmax_flat = dy.reshape(-1), dx.reshape(-1), argmax.reshape(-1)
        zero = dx.dtype.type(0)
        for plane in next_tasks(call):
            dx[plane] = zero
            for i in range(output_height):
                out = unsigned((plane * output_height + i) * output_width)
                for k in range(kh):
                    line = unsigned((plane * height + i * sh + k) * width)
                    for j in range(unsigned(output_width)):
                        value, index = dy_flat[out + j], argmax_flat[out + j]
                        # Each pixel of the window gets the gradient or zero: without a branch, the loop vectorises.
                        for l in range(kw):
                            is_maximum = index == np.uint16(k * kw + l)
                            dx_flat[line + j * column_step + unsigned(l)] += value if is_maximum else zero

    return forward, backward


def maxpool2d_forward(x: NDArray, window: tuple, stride: tuple) -> tuple[NDArray, NDArray[np.uint16]]:
    """The maximum of each window of x (N, C, H, W), and its index in the window in row-major order: (N, C, OH, OW)."""
    images, channels, *size = x.shape
    y = empty((images, channels, *output_size(tuple(size), window, stride)), x.dtype)
    argmax = empty(y.shape, np.uint16)
    planes = images * channels
    forward, _ = _specialised(window, stride)
    launch(
        forward, planes, x.reshape(planes, *size), y.reshape(planes, *y.shape[2:]), argmax, work=y.size * ELEMENTWISE
    )
    return y, argmax


def maxpool2d_backward(
    dy: NDArray, argmax: NDArray[np.uint16], input_size: tuple, window: tuple, stride: tuple
) -> NDArray:
    """dx (N, C, H, W): the gradient of each window goes to its maximum; those of overlapping windows add up."""
    images, channels, *size = dy.shape
    dx = empty((images, channels, *input_size), dy.dtype)
    planes = images * channels
    _, backward = _specialised(window, stride)
    launch(
        backward, planes, dy.reshape(planes, *size), argmax, dx.reshape(planes, *input_size), work=dy.size * ELEMENTWISE
    )
    return dx
