"""The inner loops of dense layers: products of matrices, block by block in registers.

A factor is given as one flat array and the place at which each of its rows starts.
"""

from __future__ import annotations

import numpy as np

from npcnn.kernels.compile import kernel
from npcnn.kernels.vectors import broadcast, copy, lanes, load, multiply_add, store, total


@kernel
def product(a, a_starts, b, b_starts, c, c_starts, length):
    """``c[c_starts[d, m] + p] = sum_k a[a_starts[d, m] + k] * b[b_starts[d, k] + p]`` for p below length.

    Four rows and three vectors of c stay in registers while k runs: twelve independent sums keep the multipliers of the
    processor busy, with seven reads for twelve multiplications. All products d, and all rows of a, take the same
    columns of b before the next columns come, so that these are found in the first-level cache. What is left over at
    the end of the columns takes two vectors; rows left over repeat the last one. So up to 31 numbers are read and
    written behind the rows of b and c.
    """
    (count, rows), depth, length = a_starts.shape, np.uintp(b_starts.shape[1]), np.uintp(length)
    one, two, three = lanes(b), lanes(b) + lanes(b), lanes(b) + lanes(b) + lanes(b)
    p, zero = np.uintp(0), broadcast(c.dtype.type(0))
    while p < length:
        wide = p + two < length
        for d in range(count):
            for m in range(0, rows, 4):
                m1, m2, m3 = min(m + 1, rows - 1), min(m + 2, rows - 1), min(m + 3, rows - 1)
                a0, a1 = np.uintp(a_starts[d, m]), np.uintp(a_starts[d, m1])
                a2, a3 = np.uintp(a_starts[d, m2]), np.uintp(a_starts[d, m3])
                c0, c1 = np.uintp(c_starts[d, m]) + p, np.uintp(c_starts[d, m1]) + p
                c2, c3 = np.uintp(c_starts[d, m2]) + p, np.uintp(c_starts[d, m3]) + p
                s00 = s01 = s02 = s10 = s11 = s12 = zero
                s20 = s21 = s22 = s30 = s31 = s32 = zero
                if wide:
                    for k in range(depth):
                        place = np.uintp(b_starts[d, k]) + p
                        x0, x1, x2 = load(b, place), load(b, place + one), load(b, place + two)
                        w = broadcast(a[a0 + k])
                        s00, s01, s02 = multiply_add(w, x0, s00), multiply_add(w, x1, s01), multiply_add(w, x2, s02)
                        w = broadcast(a[a1 + k])
                        s10, s11, s12 = multiply_add(w, x0, s10), multiply_add(w, x1, s11), multiply_add(w, x2, s12)
                        w = broadcast(a[a2 + k])
                        s20, s21, s22 = multiply_add(w, x0, s20), multiply_add(w, x1, s21), multiply_add(w, x2, s22)
                        w = broadcast(a[a3 + k])
                        s30, s31, s32 = multiply_add(w, x0, s30), multiply_add(w, x1, s31), multiply_add(w, x2, s32)
                    store(c, c0 + two, s02)
                    store(c, c1 + two, s12)
                    store(c, c2 + two, s22)
                    store(c, c3 + two, s32)
                else:
                    for k in range(depth):
                        place = np.uintp(b_starts[d, k]) + p
                        x0, x1 = load(b, place), load(b, place + one)
                        w = broadcast(a[a0 + k])
                        s00, s01 = multiply_add(w, x0, s00), multiply_add(w, x1, s01)
                        w = broadcast(a[a1 + k])
                        s10, s11 = multiply_add(w, x0, s10), multiply_add(w, x1, s11)
                        w = broadcast(a[a2 + k])
                        s20, s21 = multiply_add(w, x0, s20), multiply_add(w, x1, s21)
                        w = broadcast(a[a3 + k])
                        s30, s31 = multiply_add(w, x0, s30), multiply_add(w, x1, s31)
                store(c, c0, s00)
                store(c, c0 + one, s01)
                store(c, c1, s10)
                store(c, c1 + one, s11)
                store(c, c2, s20)
                store(c, c2 + one, s21)
                store(c, c3, s30)
                store(c, c3 + one, s31)
        p += three if wide else two


@kernel
def add_dot_products(a, a_starts, b, b_starts, c, c_starts, length):
    """``c[c_starts[m] + k] += sum_d sum_p a[a_starts[d, m] + p] * b[b_starts[d, k] + p]`` for p below length.

    Twelve sums at a time stay in registers while four rows of a and three of b stream past, one segment d after the
    other. So rows of a are taken by fours and those of b by threes: callers repeat some until their numbers are whole.
    What rows hold behind ``length``, up to a whole vector, is summed too: zeros in either make that nothing.
    """
    segments, one, length = len(a_starts), lanes(a), np.uintp(length)
    for m in range(0, a_starts.shape[1], 4):
        for k in range(0, b_starts.shape[1], 3):
            s00 = s01 = s02 = s10 = s11 = s12 = broadcast(c.dtype.type(0))
            s20 = s21 = s22 = s30 = s31 = s32 = broadcast(c.dtype.type(0))
            for d in range(segments):
                a0, a1 = np.uintp(a_starts[d, m]), np.uintp(a_starts[d, m + 1])
                a2, a3 = np.uintp(a_starts[d, m + 2]), np.uintp(a_starts[d, m + 3])
                b0, b1, b2 = np.uintp(b_starts[d, k]), np.uintp(b_starts[d, k + 1]), np.uintp(b_starts[d, k + 2])
                p = np.uintp(0)
                while p < length:
                    y0, y1, y2 = load(b, b0 + p), load(b, b1 + p), load(b, b2 + p)
                    x = load(a, a0 + p)
                    s00, s01, s02 = multiply_add(x, y0, s00), multiply_add(x, y1, s01), multiply_add(x, y2, s02)
                    x = load(a, a1 + p)
                    s10, s11, s12 = multiply_add(x, y0, s10), multiply_add(x, y1, s11), multiply_add(x, y2, s12)
                    x = load(a, a2 + p)
                    s20, s21, s22 = multiply_add(x, y0, s20), multiply_add(x, y1, s21), multiply_add(x, y2, s22)
                    x = load(a, a3 + p)
                    s30, s31, s32 = multiply_add(x, y0, s30), multiply_add(x, y1, s31), multiply_add(x, y2, s32)
                    p += one
            c0, c1, c2, c3 = c_starts[m] + k, c_starts[m + 1] + k, c_starts[m + 2] + k, c_starts[m + 3] + k
            c[c0] += total(s00)
            c[c0 + 1] += total(s01)
            c[c0 + 2] += total(s02)
            c[c1] += total(s10)
            c[c1 + 1] += total(s11)
            c[c1 + 2] += total(s12)
            c[c2] += total(s20)
            c[c2 + 1] += total(s21)
            c[c2 + 2] += total(s22)
            c[c3] += total(s30)
            c[c3 + 1] += total(s31)
            c[c3 + 2] += total(s32)


@kernel
def pack(b, b_starts, length, strip, step):
    """Copy rows of b, each of this length, one after the other into ``strip``, ``step`` apart."""
    for k in range(len(b_starts)):
        copy(b, b_starts[k], strip, k * step, length)


@kernel
def add_weighted_rows(a, b, start, step, c, place, length):
    """``c[place + p] += sum_k a[k] * b[start + k * step + p]`` for p below length: a single row of c.

    Eight rows of b at a time: c is read and written only once for them, and b in long runs, as memory likes it best.
    """
    one, whole, eight = lanes(b), len(a) - len(a) % 8, np.uintp(8)
    length, step, c0 = np.uintp(length), np.uintp(step), np.uintp(place)
    for k in range(np.uintp(0), np.uintp(whole), eight):
        w0, w1, w2, w3 = a[k], a[k + np.uintp(1)], a[k + np.uintp(2)], a[k + np.uintp(3)]
        w4, w5, w6, w7 = a[k + np.uintp(4)], a[k + np.uintp(5)], a[k + np.uintp(6)], a[k + np.uintp(7)]
        b0 = np.uintp(start) + k * step
        b1, b2, b3 = b0 + step, b0 + step * np.uintp(2), b0 + step * np.uintp(3)
        b4, b5, b6, b7 = (
            b0 + step * np.uintp(4),
            b1 + step * np.uintp(4),
            b2 + step * np.uintp(4),
            b3 + step * np.uintp(4),
        )
        p = np.uintp(0)
        while p + one <= length:
            s = multiply_add(broadcast(w0), load(b, b0 + p), load(c, c0 + p))
            s = multiply_add(broadcast(w1), load(b, b1 + p), s)
            s = multiply_add(broadcast(w2), load(b, b2 + p), s)
            s = multiply_add(broadcast(w3), load(b, b3 + p), s)
            s = multiply_add(broadcast(w4), load(b, b4 + p), s)
            s = multiply_add(broadcast(w5), load(b, b5 + p), s)
            s = multiply_add(broadcast(w6), load(b, b6 + p), s)
            store(c, c0 + p, multiply_add(broadcast(w7), load(b, b7 + p), s))
            p += one
        while p < length:
            s = w0 * b[b0 + p] + w1 * b[b1 + p] + w2 * b[b2 + p] + w3 * b[b3 + p]
            c[c0 + p] += s + w4 * b[b4 + p] + w5 * b[b5 + p] + w6 * b[b6 + p] + w7 * b[b7 + p]
            p += np.uintp(1)
    for k in range(whole, len(a)):
        for p in range(length):
            c[c0 + p] += a[k] * b[np.uintp(start) + np.uintp(k) * step + p]


@kernel
def add_weighted_rows_to_fours(a, a_starts, b, b_starts, c, c_starts, length):
    """``c[c_starts[m] + p] += sum_k a[a_starts[m] + k] * b[b_starts[k] + p]``, p below length: b is read only once.

    For few rows of c, when fetching b takes longer than the arithmetic: four rows of b at a time are added to all rows
    of c, which stay in the first-level cache. There are whole fours of both, and length is a number of whole vectors.
    """
    one = lanes(b)
    for k in range(0, len(b_starts), 4):
        b0, b1 = np.uintp(b_starts[k]), np.uintp(b_starts[k + 1])
        b2, b3 = np.uintp(b_starts[k + 2]), np.uintp(b_starts[k + 3])
        for m in range(0, len(a_starts), 4):
            c0, c1 = np.uintp(c_starts[m]), np.uintp(c_starts[m + 1])
            c2, c3 = np.uintp(c_starts[m + 2]), np.uintp(c_starts[m + 3])
            a0, a1, a2, a3 = a_starts[m] + k, a_starts[m + 1] + k, a_starts[m + 2] + k, a_starts[m + 3] + k
            w00, w01, w02, w03 = broadcast(a[a0]), broadcast(a[a0 + 1]), broadcast(a[a0 + 2]), broadcast(a[a0 + 3])
            w10, w11, w12, w13 = broadcast(a[a1]), broadcast(a[a1 + 1]), broadcast(a[a1 + 2]), broadcast(a[a1 + 3])
            w20, w21, w22, w23 = broadcast(a[a2]), broadcast(a[a2 + 1]), broadcast(a[a2 + 2]), broadcast(a[a2 + 3])
            w30, w31, w32, w33 = broadcast(a[a3]), broadcast(a[a3 + 1]), broadcast(a[a3 + 2]), broadcast(a[a3 + 3])
            p = np.uintp(0)
            while p < np.uintp(length):
                x0, x1, x2, x3 = load(b, b0 + p), load(b, b1 + p), load(b, b2 + p), load(b, b3 + p)
                s = multiply_add(w01, x1, multiply_add(w00, x0, load(c, c0 + p)))
                store(c, c0 + p, multiply_add(w03, x3, multiply_add(w02, x2, s)))
                s = multiply_add(w11, x1, multiply_add(w10, x0, load(c, c1 + p)))
                store(c, c1 + p, multiply_add(w13, x3, multiply_add(w12, x2, s)))
                s = multiply_add(w21, x1, multiply_add(w20, x0, load(c, c2 + p)))
                store(c, c2 + p, multiply_add(w23, x3, multiply_add(w22, x2, s)))
                s = multiply_add(w31, x1, multiply_add(w30, x0, load(c, c3 + p)))
                store(c, c3 + p, multiply_add(w33, x3, multiply_add(w32, x2, s)))
                p += one
