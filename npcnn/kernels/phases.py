"""Images laid end to end on the grid of their phases, which turns a convolution of any stride into one of stride 1.

Pixels are sorted by their position modulo the stride: that makes SH x SW "phases" out of each channel. The outputs see
each phase at every place, under those kernel taps that fall on it. Phases of several small images stand in one row, so
that they too give long inner loops.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from npcnn.kernels.compile import kernel

_ROW = 512
"""Images are grouped until a row has about this many pixels, so that small images too give long inner loops."""

PARTS = 8
"""A batch is cut into at least this many groups, if it has as many images, and into as many sums of dw: work for as
many threads. Neither depends on the number of threads, so neither do the results."""


class Geometry(NamedTuple):
    """How the kernel, stride, padding and output size of a convolution lay out its images."""

    stride: tuple[int, int]
    padding: tuple[int, int]  # top, left
    phases: tuple[int, int]  # down, across; those that no kernel tap touches are left out
    taps: tuple[int, int]  # kernel rows and columns that fall on one phase, at most
    size: tuple[int, int]  # height and width of one phase: what the outputs see of it
    group: int  # images laid end to end


@lru_cache(maxsize=256)
def geometry_of(images: int, output_size: tuple, kernel_size: tuple, stride: tuple, padding: tuple) -> Geometry:
    """The layout for a batch of ``images``; padding (top, bottom, left, right). It does not depend on the threads."""
    phases = tuple(min(k, s) for k, s in zip(kernel_size, stride, strict=True))
    taps = tuple((k - 1) // s + 1 for k, s in zip(kernel_size, stride, strict=True))
    size = tuple(o + t - 1 for o, t in zip(output_size, taps, strict=True))
    group = max(1, min(_ROW // (size[0] * size[1]), images // PARTS))
    return Geometry(stride, (padding[0], padding[2]), phases, taps, size, group)


@kernel
def copy_row(source, start, step, target, place, target_step, count):
    """``target[place + j * target_step] = source[start + j * step]`` for j below count."""
    start, step, place, target_step = np.uintp(start), np.uintp(step), np.uintp(place), np.uintp(target_step)
    if step == 1 and target_step == 1:
        for j in range(np.uintp(count)):
            target[place + j] = source[start + j]
    else:
        for j in range(np.uintp(count)):
            target[place + j * target_step] = source[start + j * step]


@kernel
def _columns(width, phase_w, geometry):
    """First column of a phase on the image, one past the last, and the image's column under the first."""
    shift, step = phase_w - geometry.padding[1], geometry.stride[1]
    first = max(0, -(shift // step))
    last = min(geometry.size[1], (width - 1 - shift) // step + 1)
    return first, max(first, last), first * step + shift


@kernel
def exchange(to_grid, pixels, shape, start, grid, phase_starts, geometry):
    """Copy a group of images onto the grid of their phases, or, with ``to_grid`` false, from there to the images.

    The images are those from ``start`` on, of shape (N, C, H, W), flat; the grid is indexed [channel, phase down, phase
    across, image, row, column], flat too, with the places where its phases start.
    """
    images, channels, height, width = shape
    (phases_down, phases_across), (rows, pitch) = geometry.phases, geometry.size
    for phase_w in range(phases_across):
        first, last, column = _columns(width, phase_w, geometry)
        for c in range(channels):
            for phase_h in range(phases_down):
                phase_start = phase_starts[(c * phases_down + phase_h) * phases_across + phase_w]
                for g in range(min(geometry.group, images - start)):
                    for i in range(rows):
                        h = i * geometry.stride[0] + phase_h - geometry.padding[0]
                        if 0 <= h < height:
                            line = (((start + g) * channels + c) * height + h) * width + column
                            place = phase_start + (g * rows + i) * pitch + first
                            if to_grid:
                                copy_row(pixels, line, geometry.stride[1], grid, place, 1, last - first)
                            else:
                                copy_row(grid, place, 1, pixels, line, geometry.stride[1], last - first)


@kernel
def grid_of(x, geometry):
    """Zeros for the grid of a group of x, and where its phases start. What is padding is never written to."""
    phases = x.shape[1] * geometry.phases[0] * geometry.phases[1]
    starts = np.arange(phases + 1) * (geometry.group * geometry.size[0] * geometry.size[1])
    return np.zeros(starts[-1], x.dtype), starts
