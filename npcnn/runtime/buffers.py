"""A pool of reusable buffers: a fresh page from the operating system costs more than the arithmetic done on it.

A training step allocates the same large arrays again and again. ``empty`` reuses a buffer as soon as no array refers to
it any more. A buffer that is still referenced, even by a view, is never handed out again.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections import defaultdict

import numpy as np
from numpy.typing import DTypeLike, NDArray

_CACHE_LINE = 64  # bytes
_MIN_SIZE = 1 << 16  # bytes; for smaller arrays, the allocator's own reuse is as good
_MAX_POOL_SIZE = 1 << 30  # bytes; a pool that would grow beyond this starts afresh

_buffers: defaultdict[int, list[NDArray[np.uint8]]] = defaultdict(list)  # by the size of the arrays that fit
_first_cache_line: dict[int, int] = {}  # offset of the first whole cache line of each buffer, by the buffer's id
_lock = threading.Lock()


def _reference_count(buffers: list[NDArray[np.uint8]], index: int) -> int:
    return sys.getrefcount(buffers[index])


_UNUSED = _reference_count([np.empty(1, np.uint8)], 0)
"""The reference count of a buffer to which only the pool refers."""


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    """Like ``numpy.empty``: an uninitialised C-contiguous array, from the pool if it has an unused buffer of this size.

    Large arrays start at a cache line.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not _MIN_SIZE <= size <= _MAX_POOL_SIZE:
        return np.empty(shape, dtype)
    with _lock:
        buffers = _buffers[size]
        for index in range(len(buffers)):
            if _reference_count(buffers, index) == _UNUSED:
                return _array_in(buffers[index], shape, dtype)
        if size + sum(key * len(pooled) for key, pooled in _buffers.items()) > _MAX_POOL_SIZE:
            _buffers.clear()  # buffers in use live as long as the arrays in them
            _first_cache_line.clear()
        buffer = np.empty(size + _CACHE_LINE, np.uint8)
        _first_cache_line[id(buffer)] = -buffer.ctypes.data % _CACHE_LINE
        _buffers[size].append(buffer)
        return _array_in(buffer, shape, dtype)


def _renew_lock() -> None:
    """A forked process may have been forked while another thread held the lock."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def _array_in(buffer: NDArray[np.uint8], shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    return np.ndarray(shape, dtype, buffer, _first_cache_line[id(buffer)])
