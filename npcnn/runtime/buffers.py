"""Arrays from memory that is kept: fresh pages from the operating system cost more than the arithmetic done on them.

A training step makes the same large arrays again and again. ``empty`` hands out memory whose last array is gone, that
is, to which nothing refers any more; an array that somebody still holds is never written over.
"""

from __future__ import annotations

import math
import sys
import threading
from collections import defaultdict

import numpy as np
from numpy.typing import DTypeLike, NDArray

_CACHE_LINE = 64
_SMALLEST = 1 << 16  # bytes; below it the allocator's own reuse is as good
_LARGEST = 1 << 30  # bytes kept in all; beyond it everything is forgotten and kept anew

_kept: defaultdict[int, list[NDArray[np.uint8]]] = defaultdict(list)
_starts: dict[int, int] = {}  # of each kept block, by its identity: where its first cache line begins
_lock = threading.Lock()


def _references(blocks: list[NDArray[np.uint8]], place: int) -> int:
    return sys.getrefcount(blocks[place])


_FREE = _references([np.empty(1, np.uint8)], 0)


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    """Like ``numpy.empty``: an uninitialised array, C-contiguous, from kept memory if some of its size is free."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < _SMALLEST:
        return np.empty(shape, dtype)
    with _lock:
        blocks = _kept[size]
        for place in range(len(blocks)):
            if _references(blocks, place) == _FREE:
                return _array(blocks[place], shape, dtype)
        if sum(key * len(blocks) for key, blocks in _kept.items()) > _LARGEST:
            _kept.clear()  # what is in use lives on with the arrays that use it
            _starts.clear()
        memory = np.empty(size + _CACHE_LINE, np.uint8)
        _starts[id(memory)] = -memory.ctypes.data % _CACHE_LINE
        _kept[size].append(memory)
        return _array(memory, shape, dtype)


def _array(memory: NDArray[np.uint8], shape: tuple[int, ...], dtype: DTypeLike) -> NDArray:
    return np.ndarray(shape, dtype, memory, _starts[id(memory)])
