"""The two inner loops in which the network spends its time: both work on blocks of numbers held in registers.

A factor is given as one flat array and the offset at which each of its rows starts. Rows may overlap: that is how a
convolution reads its patches without copying them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.kernels.compile import kernel

BLOCK = 4
"""Rows of a factor are taken four at a time: callers pad their number to a multiple of four."""

_ROWS = 2
"""Rows that ``add_product`` makes at a time."""

CACHE_LINE = 16
"""Numbers in 64 bytes of float32: rows that start at a multiple of it are written fastest."""

_DEPTH, _TILE = 64, 512
"""Rows of a factor, and numbers of each, that are read again and again while they lie in the first-level cache."""


def padded_to_block(matrix: NDArray) -> NDArray:
    """A first factor for ``add_product``: the matrix with zeros added until its blocks are whole."""
    missing = (-matrix.shape[0] % _ROWS, -matrix.shape[1] % BLOCK)
    return np.pad(matrix, ((0, missing[0]), (0, missing[1]))) if any(missing) else matrix


@kernel
def add_product(a, b, b_offsets, c, c_offsets, length):
    """``c[c_offsets[m] + p] += sum_k a[m, k] * b[b_offsets[k] + p]`` for p below length; a (M, K), b and c flat.

    Eight entries of ``a`` stay in registers while four rows of ``b`` update two rows of ``c``. Places are unsigned:
    Numba then has no negative index to provide for, and the loop vectorises.
    """
    tiles = -(-length // _TILE)
    size = -(-length // (tiles * CACHE_LINE)) * CACHE_LINE
    for depth in range(0, a.shape[1], _DEPTH):
        for tile in range(0, length, size):
            start, stop = np.uintp(tile), np.uintp(min(tile + size, length))
            for m in range(0, a.shape[0], _ROWS):
                c0, c1 = np.uintp(c_offsets[m]), np.uintp(c_offsets[m + 1])
                for k in range(depth, min(depth + _DEPTH, a.shape[1]), BLOCK):
                    a00, a01, a02, a03 = a[m, k], a[m, k + 1], a[m, k + 2], a[m, k + 3]
                    a10, a11, a12, a13 = a[m + 1, k], a[m + 1, k + 1], a[m + 1, k + 2], a[m + 1, k + 3]
                    b0, b1 = np.uintp(b_offsets[k]), np.uintp(b_offsets[k + 1])
                    b2, b3 = np.uintp(b_offsets[k + 2]), np.uintp(b_offsets[k + 3])
                    for p in range(start, stop):
                        c[c0 + p] += a00 * b[b0 + p] + a01 * b[b1 + p] + a02 * b[b2 + p] + a03 * b[b3 + p]
                        c[c1 + p] += a10 * b[b0 + p] + a11 * b[b1 + p] + a12 * b[b2 + p] + a13 * b[b3 + p]


@kernel
def add_dot_products(a, a_offsets, b, b_offsets, c, c_offsets, length):
    """``c[c_offsets[m] + k] += sum_p a[a_offsets[m] + p] * b[b_offsets[k] + p]`` for p below length; all flat.

    Sixteen sums at a time stay in registers while four rows of either factor stream past.
    """
    length = np.uintp(length)
    for m in range(0, len(a_offsets), BLOCK):
        a0, a1 = np.uintp(a_offsets[m]), np.uintp(a_offsets[m + 1])
        a2, a3 = np.uintp(a_offsets[m + 2]), np.uintp(a_offsets[m + 3])
        for k in range(0, len(b_offsets), BLOCK):
            b0, b1 = np.uintp(b_offsets[k]), np.uintp(b_offsets[k + 1])
            b2, b3 = np.uintp(b_offsets[k + 2]), np.uintp(b_offsets[k + 3])
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = c.dtype.type(0)
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = c.dtype.type(0)
            for p in range(length):
                x0, x1, x2, x3 = a[a0 + p], a[a1 + p], a[a2 + p], a[a3 + p]
                y0, y1, y2, y3 = b[b0 + p], b[b1 + p], b[b2 + p], b[b3 + p]
                s00, s01, s02, s03 = s00 + x0 * y0, s01 + x0 * y1, s02 + x0 * y2, s03 + x0 * y3
                s10, s11, s12, s13 = s10 + x1 * y0, s11 + x1 * y1, s12 + x1 * y2, s13 + x1 * y3
                s20, s21, s22, s23 = s20 + x2 * y0, s21 + x2 * y1, s22 + x2 * y2, s23 + x2 * y3
                s30, s31, s32, s33 = s30 + x3 * y0, s31 + x3 * y1, s32 + x3 * y2, s33 + x3 * y3
            c0 = c_offsets[m] + k
            c[c0] += s00
            c[c0 + 1] += s01
            c[c0 + 2] += s02
            c[c0 + 3] += s03
            c1 = c_offsets[m + 1] + k
            c[c1] += s10
            c[c1 + 1] += s11
            c[c1 + 2] += s12
            c[c1 + 3] += s13
            c2 = c_offsets[m + 2] + k
            c[c2] += s20
            c[c2 + 1] += s21
            c[c2 + 2] += s22
            c[c2 + 3] += s23
            c3 = c_offsets[m + 3] + k
            c[c3] += s30
            c[c3 + 1] += s31
            c[c3 + 2] += s32
            c[c3 + 3] += s33
