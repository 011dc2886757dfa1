"""The backward pass of convolution, max-pooling and ELU, with dense or with sparse gradients.

Let g be dy taken back through the ELU. Max-pooling passes g on to one pixel of each pooling window and 0 to the others;
that is ``masked[m, d, o] = g[m, o] if d == argmax[m, o] else 0``. The convolution then needs

    dw[o, t] = sum_m sum_d masked[m, d, o] * x[outputs[m] + pool[d] + taps[t]]
    dx[outputs[m] + pool[d] + taps[t]] += sum_o masked[m, d, o] * w[o, t]

``masked_gradient.py`` computes all terms, zeros included: for a given d all channels see the same pixels, so these are
dense products of matrices, with output channels in the lanes. ``sparse_gradient.py`` skips the zeros, a fraction of
1 - 1 / (PH * PW), but every channel then sees pixels of its own, and the lanes hold pixels of a kernel row. Dense is
cheaper without pooling, or when kernel rows (KW * C elements) are too short to fill the lanes; else sparse is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d.layout import (
    PaddedLayout,
    WindowOffsets,
    round_up_to_vector,
    to_channels_first,
    to_channels_last,
)
from npcnn.kernels.conv2d.masked_gradient import add_dense_dx, add_masked_dw
from npcnn.kernels.conv2d.sparse_gradient import add_sparse_dw, add_sparse_dx, starts_of_maxima
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import aligned_zeros
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks


class BlockOutput(NamedTuple):
    """What the backward pass needs to know of the forward pass."""

    y: NDArray  # (N, OC, OH, OW), read only with an ELU
    argmax: NDArray[np.uint16]  # (N, OC, OH, OW) pool index of each maximum; empty without pooling
    apply_elu: bool
    alpha: float  # of the ELU, in the dtype of y


class Geometry(NamedTuple):
    """Where pixels and weights lie."""

    layout: PaddedLayout  # of x and dx
    windows: WindowOffsets  # the taps are those of ``ChannelGroups.tap_indices``
    slices: NDArray[np.int64]  # (S,) offsets of the ``KernelRowSlices``


class Gradients(NamedTuple):
    """What the backward pass computes; dx or dw may be empty, and is then not computed."""

    dx: NDArray  # (N, C, H, W)
    dw: NDArray  # (P, ...) a sum for each part of the batch: ``KernelRowSlices`` if sparse, else ``ChannelGroups``
    db: NDArray  # (P, OC) a sum for each part of the batch


@inlined
def preactivation_gradient(dy, output, n, gradient, db):
    """Take dy of image n back through the ELU, whose slope is 1 where y > 0 and y + alpha elsewhere.

    dy (N, OC, OH, OW). output: a ``BlockOutput``. gradient: flat (OC, outputs), is overwritten. db (OC,): the sum of
    each channel is added to it.
    """
    channels, count = unsigned(dy.shape[1]), unsigned(dy.shape[2] * dy.shape[3])
    image_dy, image_y, one = dy[n].reshape(-1), output.y[n].reshape(-1), dy.dtype.type(1)
    for o in range(channels):
        channel_sum = dy.dtype.type(0)
        for m in range(o * count, (o + unsigned(1)) * count):
            slope = one if not output.apply_elu or image_y[m] > 0 else image_y[m] + output.alpha
            gradient[m] = image_dy[m] * slope
            channel_sum += gradient[m]
        db[o] += channel_sum


@kernel
def backward(call, dy, output, x, w, geometry, gradients, sparse):
    """The gradients of a batch, cut into P parts: a part is a task of ``call``.

    dy (N, OC, OH, OW). output: a ``BlockOutput``. x (N, C, H, W), read for dw only. w: ``KernelRowSlices`` of the
    weights, read for dx only. geometry: a ``Geometry``. gradients: the ``Gradients``, overwritten. sparse: whether to
    skip the zeros of max-pooling; with pooling, dx needs it.
    """
    (images, channels), outputs, argmax = dy.shape[:2], dy.shape[2] * dy.shape[3], output.argmax
    (layout, windows, slices), (dx, dw, db) = geometry, gradients
    pixel_stride, size, weights = round_up_to_vector(channels), channels * outputs, w.reshape(-1)
    starts_of_outputs, first = windows.outputs[:outputs], np.intp(0)
    image, image_dx = aligned_zeros(layout.size, weights), aligned_zeros(layout.size if dx.size else 0, weights)
    # Channels first, as the sparse functions take them, then channels last and padded, as the dense ones do.
    gradient, starts = np.empty(size, dy.dtype), np.empty(size if sparse else 0, np.int64)
    gradient_last = aligned_zeros(0 if sparse else outputs * pixel_stride, weights)
    argmax_last = aligned_zeros(gradient_last.size if len(argmax) else 0, weights)
    for part in next_tasks(call):
        dw[part], db[part] = 0, 0
        for n in range(part * images // len(db), (part + 1) * images // len(db)):
            preactivation_gradient(dy, output, n, gradient, db[part])
            image_dx[:] = 0
            if dw.size:
                to_channels_last(x[n].reshape(-1), x.shape[1:], image, layout)
            if sparse:
                starts_of_maxima(argmax[n].reshape(-1), starts_of_outputs, windows.pool, starts)
                if dw.size:
                    add_sparse_dw(gradient, starts, channels, image, slices, dw[part].reshape(-1))
                if dx.size:
                    add_sparse_dx(gradient, starts, channels, weights, slices, image_dx)
            else:
                transpose(gradient, first, outputs, channels, outputs, gradient_last, first, pixel_stride)
                if len(argmax):
                    image_argmax = argmax[n].reshape(-1)
                    for i in range(unsigned(size)):
                        gradient[i] = image_argmax[i]  # as a float: a mask compares equal lanes
                    transpose(gradient, first, outputs, channels, outputs, argmax_last, first, pixel_stride)
                if dw.size:
                    add_masked_dw(gradient_last, argmax_last, image, windows, dw[part])
                if dx.size:
                    add_dense_dx(gradient_last, channels, pixel_stride, weights, starts_of_outputs, slices, image_dx)
            if dx.size:
                to_channels_first(image_dx, layout, dx[n].reshape(-1), dx.shape[1:])
