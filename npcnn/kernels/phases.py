"""Images laid end to end on the grid of their phases, which turns a convolution of any stride into one of stride 1.

Pixels are sorted by their position modulo the step from one output to the next: that makes step x step "phases" out of
each channel. The outputs see each phase at every place, under those kernel taps that fall on it. Where pooling follows,
the step is that of the pooled outputs: for each place in the pooling window there is then one convolution of its own,
and pooling is the element-wise maximum of their results. Phases of several small images stand in one row, so that they
too give long inner loops.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product as pairs
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import inlined, kernel
from npcnn.kernels.matmul import BEHIND, padded
from npcnn.kernels.vectors import copy, every_second, lanes, store

_ROW = 256
"""Images are grouped until a row has about this many pixels, so that small images too give long inner loops."""

_GROUPS = 4
"""A batch is cut into at least this many groups, if it has as many images: work for as many threads. It does not depend
on the number of threads, so neither do the results."""


class Geometry(NamedTuple):
    """How kernel, stride, padding and pooling window of a convolution lay out its images."""

    step: tuple[int, int]  # from one output, after pooling, to the next
    padding: tuple[int, int]  # top, left
    phases: tuple[int, int]  # down, across; those that no kernel tap touches are left out
    size: tuple[int, int]  # height and width of one phase: what the outputs see of it
    output_size: tuple[int, int]  # after pooling
    group: int  # images laid end to end
    front: int  # zeros before a row of gradients: what taps behind an output's own place read


class Layout(NamedTuple):
    """A geometry and where the windows start: of each pooling place on the pixels, of each phase on the gradients."""

    geometry: Geometry
    windows: NDArray[np.int64]  # (pooling places, C * KH * KW), on the grid of the phases
    gradient_windows: NDArray[np.int64]  # (phases, OC * taps that fall on a phase)
    taps: NDArray[np.int64]  # (phases, taps): which kernel tap that is; KH * KW for none


@kernel
def grid_plane(geometry):
    """Numbers from one phase to the next on the grid of a group."""
    return padded(geometry.group * geometry.size[0] * geometry.size[1])


@kernel
def gradient_row(geometry):
    """Numbers from one row of a group's laid out gradients to the next."""
    return padded(geometry.front + geometry.group * geometry.size[0] * geometry.size[1])


@kernel
def last_output(geometry):
    """One past the place of a group's last output on a row."""
    (height, width), (rows, pitch) = geometry.output_size, geometry.size
    return (geometry.group - 1) * rows * pitch + (height - 1) * pitch + width


def output_size_of(size: tuple, kernel_size: tuple, stride: tuple, padding: tuple, window: tuple) -> tuple[int, int]:
    """Rows and columns after convolution and pooling; pixels that fill no whole window are dropped."""
    padded_size = size[0] + padding[0] + padding[1], size[1] + padding[2] + padding[3]
    convolved = ((n - k) // s + 1 for n, k, s in zip(padded_size, kernel_size, stride, strict=True))
    return tuple(n // p for n, p in zip(convolved, window, strict=True))


@lru_cache(maxsize=256)
def layout_of(
    images: int, w_shape: tuple, output_size: tuple, stride: tuple, padding: tuple, window: tuple = (1, 1)
) -> Layout:
    """The layout of a batch for weights of shape (OC, C, KH, KW). It does not depend on the threads."""
    output_channels, channels, *kernel_size = w_shape
    step = tuple(s * p for s, p in zip(stride, window, strict=True))
    # What one pooling window sees, and how many pixels of one phase that is.
    seen = tuple(k + (p - 1) * s for k, p, s in zip(kernel_size, window, stride, strict=True))
    reach = tuple((e - 1) // s for e, s in zip(seen, step, strict=True))
    phases = tuple(min(e, s) for e, s in zip(seen, step, strict=True))
    size = tuple(o + r for o, r in zip(output_size, reach, strict=True))
    group = max(1, min(_ROW // (size[0] * size[1]), -(-images // _GROUPS)))
    front = -(-(reach[0] * size[1] + reach[1]) // 16) * 16  # so that rows begin with a whole vector
    geometry = Geometry(step, (padding[0], padding[2]), phases, size, tuple(output_size), group, front)
    plane, count = grid_plane(geometry), phases[0] * phases[1]

    def seen_at(place: tuple, tap: tuple) -> tuple[int, int]:
        """The phase that a tap at a place of the pooling window falls on, and how far into it."""
        h, w = (d * s + k for d, s, k in zip(place, stride, tap, strict=True))
        return h % step[0] * phases[1] + w % step[1], h // step[0] * size[1] + w // step[1]

    places, taps = list(np.ndindex(window)), list(np.ndindex(*kernel_size))
    windows = np.empty((len(places), channels, len(taps)), np.int64)
    by_phase: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]  # place, tap, how far into the phase
    for (d, place), (t, tap) in pairs(enumerate(places), enumerate(taps)):
        phase, shift = seen_at(place, tap)
        windows[d, :, t] = (np.arange(channels) * count + phase) * plane + shift
        by_phase[phase].append((d, t, shift))
    most = max(map(len, by_phase))
    row = gradient_row(geometry)
    gradient_windows = np.zeros((count, output_channels, most), np.int64)
    phase_taps = np.full((count, most), len(taps), np.int64)
    for phase, found in enumerate(by_phase):
        for i, (d, t, shift) in enumerate(found):
            gradient_windows[phase, :, i] = (d * output_channels + np.arange(output_channels)) * row + front - shift
            phase_taps[phase, i] = t
    return Layout(geometry, windows.reshape(len(places), -1), gradient_windows.reshape(count, -1), phase_taps)


@inlined
def _gather(source, start, step, target, place, count):
    """``target[place + j] = source[start + j * step]`` for j below count."""
    if step == 1:
        copy(source, start, target, place, count)
        return
    start, step, place, j = np.uintp(start), np.uintp(step), np.uintp(place), np.uintp(0)
    one, count = lanes(source), np.uintp(count)
    if step == 2:
        while j + one <= count:
            store(target, place + j, every_second(source, start + j * step))
            j += one
    while j < count:
        target[place + j] = source[start + j * step]
        j += np.uintp(1)


@inlined
def _scatter(source, start, target, place, step, count):
    """``target[place + j * step] = source[start + j]`` for j below count."""
    if step == 1:
        copy(source, start, target, place, count)
        return
    start, step, place = np.uintp(start), np.uintp(step), np.uintp(place)
    for j in range(np.uintp(count)):
        target[place + j * step] = source[start + j]


@kernel
def _columns(width, phase_w, geometry):
    """First column of a phase on the image, one past the last, and the image's column under the first."""
    shift, step = phase_w - geometry.padding[1], geometry.step[1]
    first = max(0, -(shift // step))
    last = min(geometry.size[1], (width - 1 - shift) // step + 1)
    return first, max(first, last), first * step + shift


@kernel
def exchange(to_grid, pixels, shape, start, grid, geometry, first, last):
    """Copy a group of images onto the grid of their phases, or, with ``to_grid`` false, from there to the images.

    The images are those from ``start`` on, flat, of shape (N, C, H, W). The grid is indexed [channel, phase down, phase
    across, image, row, column], flat too; only its rows first to last are copied.
    """
    images, channels, height, width = shape
    (phases_down, phases_across), (rows, pitch) = geometry.phases, geometry.size
    plane = grid_plane(geometry)
    for phase_w in range(phases_across):
        begin, end, column = _columns(width, phase_w, geometry)
        for c in range(channels):
            for phase_h in range(phases_down):
                phase_start = ((c * phases_down + phase_h) * phases_across + phase_w) * plane
                for g in range(min(geometry.group, images - start)):
                    for i in range(first, last):
                        h = i * geometry.step[0] + phase_h - geometry.padding[0]
                        if 0 <= h < height:
                            line = (((start + g) * channels + c) * height + h) * width + column
                            place = phase_start + (g * rows + i) * pitch + begin
                            if to_grid:
                                _gather(pixels, line, geometry.step[1], grid, place, end - begin)
                            else:
                                _scatter(grid, place, pixels, line, geometry.step[1], end - begin)


@kernel
def grid_size(channels, geometry):
    """Numbers in the grid of a group, with what may be read behind it."""
    return channels * geometry.phases[0] * geometry.phases[1] * grid_plane(geometry) + BEHIND


@kernel
def grid_of(channels, geometry, dtype):
    """Zeros for the grid of a group. What is padding is never written to."""
    return np.zeros(grid_size(channels, geometry), dtype)
