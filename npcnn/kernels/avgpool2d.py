"""Average pooling, compiled for each window and stride: with these constant, the loop along a row vectorises."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

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
    column_step, share = unsigned(sw), 1 / (kh * kw)

    @kernel
    def forward(call, x, y):
        """Means y (planes, OH, OW) of the windows of x (planes, H, W), for the tasks of ``call``."""
        (height, width), (output_height, output_width) = x.shape[1:], y.shape[1:]
        pixels, means = x.reshape(-1), y.reshape(-1)
        for plane in next_tasks(call):
            for i in range(output_height):
                corner = unsigned((plane * height + i * sh) * width)
                out = unsigned((plane * output_height + i) * output_width)
                for j in range(unsigned(output_width)):
                    # kh and kw are constants: the compiler unrolls these loops and vectorises the one over j.
                    total = x.dtype.type(0)
                    for k in range(kh):
                        for l in range(kw):
                            total += pixels[corner + j * column_step + unsigned(k * width + l)]
                    means[out + j] = total * x.dtype.type(share)

    @kernel
    def backward(call, dy, dx):
        """Each pixel of dx (planes, H, W) gets its share of dy (planes, OH, OW), for the tasks of ``call``."""
        (height, width), (output_height, output_width) = dx.shape[1:], dy.shape[1:]
        gradient, pixels = dy.reshape(-1), dx.reshape(-1)
        for plane in next_tasks(call):
            for i in range(unsigned(plane * height * width), unsigned((plane + 1) * height * width)):
                pixels[i] = dx.dtype.type(0)
            for i in range(output_height):
                out = unsigned((plane * output_height + i) * output_width)
                for k in range(kh):
                    row = unsigned((plane * height + i * sh + k) * width)
                    for j in range(unsigned(output_width)):
                        value = gradient[out + j] * dx.dtype.type(share)
                        for l in range(kw):
                            pixels[row + j * column_step + unsigned(l)] += value

    return forward, backward


def avgpool2d_forward(x: NDArray, window: tuple, stride: tuple) -> NDArray:
    """y (N, C, OH, OW): the mean of each window of x (N, C, H, W)."""
    images, channels, *size = x.shape
    y = empty((images, channels, *output_size(tuple(size), window, stride)), x.dtype)
    planes = images * channels
    forward, _ = _specialised(window, stride)
    launch(forward, planes, x.reshape(planes, *size), y.reshape(planes, *y.shape[2:]), work=y.size * ELEMENTWISE)
    return y


def avgpool2d_backward(dy: NDArray, input_size: tuple, window: tuple, stride: tuple) -> NDArray:
    """dx (N, C, H, W): each pixel gets dy / (KH KW) of every window that it belongs to."""
    images, channels, *size = dy.shape
    dx = empty((images, channels, *input_size), dy.dtype)
    planes = images * channels
    _, backward = _specialised(window, stride)
    launch(backward, planes, dy.reshape(planes, *size), dx.reshape(planes, *input_size), work=dx.size * ELEMENTWISE)
    return dx
