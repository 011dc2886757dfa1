"""Convolution with 3x3 filters and a stride of one, with 2.25 times fewer multiplications (Winograd's F(2x2, 3x3)).

The outputs are cut into tiles of 2x2, each of which sees a patch of 4x4 pixels. With the patch d, the filter g and

    B^T = 1  0 -1  0     G =  1    0    0      A^T = 1  1  1  0
          0  1  1  0         1/2  1/2  1/2           0  1 -1 -1
          0 -1  1  0         1/2 -1/2  1/2
          0  1  0 -1          0    0    1

the tile is ``A^T ((G g G^T) * (B^T d B)) A``, where * multiplies element by element: 16 multiplications in place of 36.
The sum over the input channels comes before A^T and A, so that each of the 16 elements is a product of matrices, tiles
by input channels and input channels by output channels. A pixel that is not finite shows in all outputs of its tiles.
Source: Lavin and Gray, arXiv:1509.09308.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.conv2d.forward import finish, pack_filters
from npcnn.kernels.conv2d.layout import (
    TILE_COLUMNS,
    TILE_ROWS,
    PaddedLayout,
    grid,
    group_width,
    pad_indices,
    round_up_to_vector,
    to_channels_last,
)
from npcnn.kernels.simd.arithmetic import constant_like
from npcnn.kernels.simd.tiles import (
    broadcast_load,
    filled_tile,
    load_offsets,
    load_tile,
    outer_product_fma,
    store_rows,
)
from npcnn.kernels.simd.transpose import transpose
from npcnn.kernels.simd.vectors import aligned_empty, aligned_zeros, copy, lanes, load, multiply_add, splat, store
from npcnn.runtime.compile import inlined, kernel, unsigned
from npcnn.runtime.tasks import next_tasks

_ELEMENTS = 16
"""Elements of a transformed patch or filter."""

_BLOCK = 36
"""Tiles that are transformed, multiplied and transformed back together, at most: few enough for the L2 cache."""

_FEWEST_TILES = 9
"""With fewer tiles, too much of a register tile would be unused."""


class TileOffsets(NamedTuple):
    """Offsets into the padded buffers of an input and of the outputs that are computed from it."""

    patches: NDArray[np.int64]  # start of the patch of each tile in row order; the last fills up a register tile
    targets: NDArray[np.int64]  # where the channels of the first output of each tile are written, in the same order
    patch_strides: NDArray[np.int64]  # (2,) from a row to the next, and from a pixel to the next
    tile_strides: NDArray[np.int64]  # (2,) the same for outputs


def is_suitable(w_shape: tuple, stride: tuple, window: tuple, output_size: tuple) -> bool:
    """Whether ``convolve_tiles`` can compute a convolution, and faster than ``convolve``.

    w_shape (OC, C, KH, KW); window: of the pooling; output_size (OH, OW).
    """
    rows, columns = output_size
    fits = w_shape[2:] == (3, 3) and stride == window == (1, 1) and rows % 2 == columns % 2 == 0
    return fits and w_shape[1] == round_up_to_vector(w_shape[1]) and rows * columns >= 4 * _FEWEST_TILES


@lru_cache(maxsize=256)
def tile_offsets(source: PaddedLayout, padding: tuple, output_size: tuple, target: PaddedLayout) -> TileOffsets:
    """Offsets of a convolution from an input laid out as ``source`` to outputs of ``output_size`` in ``target``.

    padding (top, bottom, left, right) may be less than ``source`` has.
    """
    first = source.origin - padding[0] * source.row_stride - padding[2] * source.pixel_stride
    tiles = output_size[0] // 2, output_size[1] // 2
    patches = first + grid(tiles, 2 * source.row_stride, 2 * source.pixel_stride)
    targets = target.origin + grid(tiles, 2 * target.row_stride, 2 * target.pixel_stride)
    strides = (np.array([layout.row_stride, layout.pixel_stride]) for layout in (source, target))
    return TileOffsets(patches[pad_indices(len(patches), TILE_ROWS)], targets, *strides)


@inlined
def _times_g(a, b, c):
    """``G (a, b, c)`` for vectors a, b and c."""
    half, minus_half, zero = constant_like(a, 0.5), constant_like(a, -0.5), constant_like(a, 0.0)
    ends = multiply_add(half, a, multiply_add(half, c, zero))
    return a, multiply_add(half, b, ends), multiply_add(minus_half, b, ends), c


@inlined
def _times_b(a, b, c, d):
    """``B^T (a, b, c, d)`` for vectors a, b, c and d."""
    plus, minus = constant_like(a, 1.0), constant_like(a, -1.0)
    return multiply_add(minus, c, a), multiply_add(plus, b, c), multiply_add(minus, b, c), multiply_add(minus, d, b)


@inlined
def _times_a(a, b, c, d):
    """``A^T (a, b, c, d)`` for vectors a, b, c and d."""
    plus, minus = constant_like(a, 1.0), constant_like(a, -1.0)
    return multiply_add(plus, a, multiply_add(plus, b, c)), multiply_add(minus, d, multiply_add(minus, c, b))


@inlined
def _load_three(x, start, step):
    """Three vectors of the flat array x, ``step`` elements apart, from ``start`` on."""
    return load(x, start), load(x, start + step), load(x, start + 2 * step)


@inlined
def _load_four(x, start, step):
    """Four vectors of the flat array x, ``step`` elements apart, from ``start`` on."""
    return load(x, start), load(x, start + step), load(x, start + 2 * step), load(x, start + 3 * step)


@inlined
def _store_four(x, start, step, vectors):
    """Write four vectors to the flat array x, ``step`` elements apart, from ``start`` on."""
    store(x, start, vectors[0])
    store(x, start + step, vectors[1])
    store(x, start + 2 * step, vectors[2])
    store(x, start + 3 * step, vectors[3])


@inlined
def _transform_filters(g, start, tap, u, u_start, element):
    """Write ``u = G g G^T`` of the filters in the lanes, each in its own: first all columns, then all rows.

    They begin at ``g[start]`` and ``u[u_start]``. tap, element: distance between two elements of g and of u.
    """
    a = _times_g(*_load_three(g, start, 3 * tap))
    b = _times_g(*_load_three(g, start + tap, 3 * tap))
    c = _times_g(*_load_three(g, start + 2 * tap, 3 * tap))
    _store_four(u, u_start, element, _times_g(a[0], b[0], c[0]))
    _store_four(u, u_start + 4 * element, element, _times_g(a[1], b[1], c[1]))
    _store_four(u, u_start + 8 * element, element, _times_g(a[2], b[2], c[2]))
    _store_four(u, u_start + 12 * element, element, _times_g(a[3], b[3], c[3]))


@inlined
def _transform_patches(d, start, strides, v, v_start, element):
    """Write ``v = B^T d B`` of the patches in the lanes, neighbouring channels.

    They begin at ``d[start]`` and ``v[v_start]``. strides: from a row to the next and from a pixel to the next in d;
    element: distance between two elements of v.
    """
    row, pixel = unsigned(strides[0]), unsigned(strides[1])
    a = _times_b(*_load_four(d, start, row))
    b = _times_b(*_load_four(d, start + pixel, row))
    c = _times_b(*_load_four(d, start + 2 * pixel, row))
    e = _times_b(*_load_four(d, start + 3 * pixel, row))
    _store_four(v, v_start, element, _times_b(a[0], b[0], c[0], e[0]))
    _store_four(v, v_start + 4 * element, element, _times_b(a[1], b[1], c[1], e[1]))
    _store_four(v, v_start + 8 * element, element, _times_b(a[2], b[2], c[2], e[2]))
    _store_four(v, v_start + 12 * element, element, _times_b(a[3], b[3], c[3], e[3]))


@inlined
def _transform_products(m, start, element):
    """``A^T m A`` of the products in the lanes, two rows of two vectors.

    They begin at ``m[start]``. element: distance between two elements.
    """
    a = _times_a(*_load_four(m, start, 4 * element))
    b = _times_a(*_load_four(m, start + element, 4 * element))
    c = _times_a(*_load_four(m, start + 2 * element, 4 * element))
    d = _times_a(*_load_four(m, start + 3 * element, 4 * element))
    return _times_a(a[0], b[0], c[0], d[0]), _times_a(a[1], b[1], c[1], d[1])


def pack_transformed_filters(w: NDArray, b: NDArray) -> NDArray:
    """The weights (OC, C, 3, 3) and biases (OC,) as ``convolve_tiles`` reads them: ``G g G^T`` for each filter g.

    For each channel group these are its biases, and its weights of each element and input channel. Channels that only
    fill up the last group are zero.
    """
    packed = aligned_zeros(round_up_to_vector(len(b)) * (1 + _ELEMENTS * w.shape[1]), w)
    _pack_transformed(pack_filters(w, b), w.shape[1], packed)
    return packed


@kernel
def _pack_transformed(filters, channels, packed):
    """``pack_transformed_filters`` from the result of ``pack_filters``, into the zeros ``packed``.

    filters: as ``pack_filters`` arranges them. channels: of the input.
    """
    width = group_width(filters)
    source_size, target_size = (1 + 9 * channels) * width, (1 + _ELEMENTS * channels) * width
    for group in range(len(filters) // source_size):
        source, target = group * source_size, group * target_size
        copy(filters, source, packed, target, width)
        for c in range(channels):
            for lane in range(width, 2 * width, np.intp(lanes(filters))):
                g, u = source + 9 * c * width + lane, target + c * width + lane
                _transform_filters(filters, g, width, packed, u, channels * width)


@kernel
def convolve_tiles(channels, input_channels, image, packed, offsets, epilogue, y):
    """Compute ``channels`` output channels of one image from ``input_channels``, a block of tiles at a time.

    ``v = B^T d B`` of every patch, ``m[e] = v[e] u[e]`` for each element e, ``y = A^T m A + bias`` of every tile.
    image: padded NHWC buffer of the input. packed: u, from ``pack_transformed_filters``. offsets: its ``TileOffsets``.
    epilogue: an ``Epilogue``. y: padded NHWC buffer of the output.
    """
    step, depth, width = lanes(image), unsigned(input_channels), unsigned(group_width(image))
    row, pixel = unsigned(offsets.tile_strides[0]), unsigned(offsets.tile_strides[1])
    tiles = unsigned(min(len(offsets.patches), _BLOCK))
    v_starts, m_starts = np.arange(np.intp(tiles)) * np.intp(depth), np.arange(np.intp(tiles)) * np.intp(width)
    v_element, m_element = tiles * depth, tiles * width
    v = aligned_empty(_ELEMENTS * np.intp(v_element), image)
    m = aligned_empty(_ELEMENTS * np.intp(m_element), image)
    one, zero = splat(image.dtype.type(1)), splat(image.dtype.type(0))
    for first in range(unsigned(0), unsigned(len(offsets.patches)), tiles):
        patches, targets = offsets.patches[first : first + tiles], offsets.targets[first : first + tiles]
        for tile in range(unsigned(len(patches))):
            for c in range(unsigned(0), depth, step):
                start, v_start = unsigned(patches[tile]) + c, tile * depth + c
                _transform_patches(image, start, offsets.patch_strides, v, v_start, v_element)
        for group in range(unsigned(-(-channels // np.intp(width)))):
            biases = group * (unsigned(_ELEMENTS) * depth + unsigned(1)) * width
            # The products, tiles by output channels of the group, one element after the other.
            for element in range(unsigned(_ELEMENTS)):
                weights = biases + width + element * depth * width
                for tile in range(unsigned(0), unsigned(len(patches)), unsigned(TILE_ROWS)):
                    starts = load_offsets(v_starts, tile, TILE_ROWS)
                    sums = filled_tile(zero, TILE_ROWS, TILE_COLUMNS)
                    for c in range(depth):
                        values = broadcast_load(v, starts, element * v_element + c)
                        sums = outer_product_fma(sums, values, load_tile(packed, weights + c * width, 1, TILE_COLUMNS))
                    store_rows(m, load_offsets(m_starts, tile, TILE_ROWS), element * m_element, sums)
            for tile in range(unsigned(len(targets))):
                for lane in range(unsigned(0), width, step):
                    upper, lower = _transform_products(m, tile * width + lane, m_element)
                    bias, target = load(packed, biases + lane), unsigned(targets[tile]) + group * width + lane
                    finish(multiply_add(one, bias, upper[0]), epilogue, y, target)
                    finish(multiply_add(one, bias, upper[1]), epilogue, y, target + pixel)
                    finish(multiply_add(one, bias, lower[0]), epilogue, y, target + row)
                    finish(multiply_add(one, bias, lower[1]), epilogue, y, target + row + pixel)


@kernel
def forward_tiles(call, x, packed, layout, offsets, epilogue, y):
    """A batch of images, one image per task of ``call``.

    x (N, C, H, W). packed: from ``pack_transformed_filters``. layout: of a padded image. offsets: its ``TileOffsets``,
    with outputs that follow each other without padding. epilogue: an ``Epilogue``. y (N, OC, OH, OW).
    """
    channels, outputs = y.shape[1], y.shape[2] * y.shape[3]
    pixel_stride, first = round_up_to_vector(channels), np.intp(0)
    image, result = aligned_zeros(layout.size, packed), aligned_zeros(outputs * pixel_stride, packed)
    for n in next_tasks(call):
        to_channels_last(x[n].reshape(-1), x.shape[1:], image, layout)
        convolve_tiles(channels, x.shape[1], image, packed, offsets, epilogue, result)
        transpose(result, first, pixel_stride, outputs, channels, y[n].reshape(-1), first, outputs)
