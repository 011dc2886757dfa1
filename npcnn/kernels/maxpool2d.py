"""Max-pooling, compiled anew for each window and stride: with these known, the loop along a row vectorises."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from npcnn.reference import output_size
from npcnn.runtime.buffers import empty
from npcnn.runtime.compile import kernel, unsigned
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import ELEMENTWISE, launch


@cache
def _specialised(window: tuple[int, int], stride: tuple[int, int]) -> tuple[Callable, Callable]:
    """The forward and the backward kernel for one window and stride; a plane (image, channel) a task."""
    (kh, kw), (sh, sw) = window, stride
    row_step = unsigned(sw)

    @kernel
    def forward(call, x, y, argmax):
        (height, width), (output_height, output_width) = x.shape[1:], y.shape[1:]
        pixels, largest, places = x.reshape(-1), y.reshape(-1), argmax.reshape(-1)
        for plane in next_tasks(call):
            for i in range(output_height):
                top_left = unsigned((plane * height + i * sh) * width)
                out = unsigned((plane * output_height + i) * output_width)
                for j in range(unsigned(output_width)):
                    corner = top_left + j * row_step
                    best, place = pixels[corner], np.uint16(0)
                    for k in range(kh):
                        for l in range(kw):
                            value = pixels[corner + unsigned(k * width + l)]
                            # A NaN beats all numbers: it must stay visible.
                            if (value > best) | ((value != value) & (best == best)):  # noqa: PLR0124
                                best, place = value, np.uint16(k * kw + l)
                    largest[out + j] = best
                    places[out + j] = place

    @kernel
    def backward(call, dy, argmax, dx):
        (height, width), (output_height, output_width) = dx.shape[1:], dy.shape[1:]
        gradient, pixels, places = dy.reshape(-1), dx.reshape(-1), argmax.reshape(-1)
        zero = dx.dtype.type(0)
        for plane in next_tasks(call):
            dx[plane] = zero
            for i in range(output_height):
                out = unsigned((plane * output_height + i) * output_width)
                for k in range(kh):
                    line = unsigned((plane * height + i * sh + k) * width)
                    for j in range(unsigned(output_width)):
                        value, place = gradient[out + j], places[out + j]
                        for l in range(kw):
                            hit = place == np.uint16(k * kw + l)
                            pixels[line + j * row_step + unsigned(l)] += value if hit else zero

    return forward, backward


def maxpool2d_forward(x: NDArray, window: tuple, stride: tuple) -> tuple[NDArray, NDArray[np.uint16]]:
    """The largest pixel of each window of x (N, C, H, W), and its place in the window in row order: (N, C, OH, OW)."""
    images, channels, *size = x.shape
    y = empty((images, channels, *output_size(size, window, stride, (0, 0, 0, 0))), x.dtype)
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
    """dx (N, C, H, W): each window's dy goes to the pixel that was its maximum; windows that overlap add up."""
    images, channels, *size = dy.shape
    dx = empty((images, channels, *input_size), dy.dtype)
    planes = images * channels
    _, backward = _specialised(window, stride)
    launch(
        backward, planes, dy.reshape(planes, *size), argmax, dx.reshape(planes, *input_size), work=dy.size * ELEMENTWISE
    )
    return dx
