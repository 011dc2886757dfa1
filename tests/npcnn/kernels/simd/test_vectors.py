"""What is done with vectors at places where they do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.simd.vectors import aligned_zeros, copy
from npcnn.runtime.compile import kernel

DTYPES = [np.float32, np.float64]


@kernel
def _copied(source, start, target, place, count):
    copy(source, start, target, place, count)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 15, 64, 1001])
def test_aligned_zeros_begin_with_a_cache_line(count: int, dtype: type) -> None:
    for _ in range(5):
        zeros = aligned_zeros(count, np.empty(1, dtype))
        assert zeros.shape == (count,)
        assert zeros.dtype == dtype
        assert not zeros.any()
        assert zeros.ctypes.data % 64 == 0 or count == 0
        zeros[:] = 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 16, 37])
def test_copy_writes_so_many_numbers_and_no_more(count: int, dtype: type) -> None:
    source, target = np.arange(50, dtype=dtype), np.full(50, 99, dtype)
    _copied(source, 3, target, 5, count)
    np.testing.assert_array_equal(target[5 : 5 + count], source[3 : 3 + count])
    assert (np.delete(target, slice(5, 5 + count)) == 99).all()
