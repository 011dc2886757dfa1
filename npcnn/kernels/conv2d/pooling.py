"""Pooling of a padded NHWC buffer, for compiled inference; a window of one pixel copies, adds, or applies ELU."""

from __future__ import annotations

from npcnn.kernels.conv2d.forward import finish
from npcnn.kernels.simd.arithmetic import select_greater
from npcnn.kernels.simd.vectors import lanes, load, multiply_add, splat
from npcnn.runtime.compile import kernel, unsigned


@kernel
def pool(channels, image, windows, average, epilogue, y):
    """Pool one image: the mean of each window if ``average``, else its maximum.

    channels: of image and y. image: padded NHWC buffer of the input. windows: its ``WindowOffsets``, whose taps are
    the pixels of a window. epilogue: an ``Epilogue``. y: padded NHWC buffer of the output.
    """
    outputs, targets, _, pixels = windows
    one = splat(image.dtype.type(1))
    share, zero = splat(image.dtype.type(1 / len(pixels))), splat(image.dtype.type(0))
    for m in range(unsigned(len(targets))):
        for c in range(unsigned(0), unsigned(channels), lanes(image)):
            # A vector holds neighbouring channels, so the windows of all of them are pooled at once.
            start = unsigned(outputs[m]) + c
            value = load(image, start + unsigned(pixels[0]))
            for t in range(1, len(pixels)):
                other = load(image, start + unsigned(pixels[t]))
                value = multiply_add(one, value, other) if average else select_greater(other, value, other, value)
            if average:
                value = multiply_add(share, value, zero)
            finish(value, epilogue, y, unsigned(targets[m]) + c)
