"""The one place that decides how kernels are compiled: flags, and where the machine code is kept.

A kernel compiles when first called, for the dtypes of that call; its machine code is kept on disk for the next process.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numba import config, njit
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)
from numba.core.dispatcher import Dispatcher

# All that lets sums be vectorised, without "nnan" and "ninf": NaN and infinity must stay visible.
FAST_MATH = {"nsz", "arcp", "contract", "afn", "reassoc"}

unsigned = int if config.DISABLE_JIT else np.uintp
"""The type of an index in a kernel: with a signed one, Numba provides for negative values, and loops do not vectorise.
With compilation disabled it is ``int``, because NumPy turns a sum of unsigned and signed integers into a float."""


class _FolderStamp:
    """Makes machine code stale when any file of the package changes: kernels call functions of other files."""

    def get_source_stamp(self) -> tuple:
        sources = sorted(Path(__file__).parents[1].rglob("*.py"))
        return tuple((source.name, source.stat().st_mtime_ns, source.stat().st_size) for source in sources)


class _UserProvided(_FolderStamp, UserProvidedCacheLocator):
    """``NUMBA_CACHE_DIR``, when the user set it."""


class _InTree(_FolderStamp, InTreeCacheLocator):
    """``__pycache__`` beside the kernels, when it can be written."""


class _UserWide(_FolderStamp, UserWideCacheLocator):
    """The user's cache folder, for an installation that cannot be written."""


class _CacheImplementation(CompileResultCacheImpl):
    _locator_classes = (_UserProvided, _InTree, _UserWide)


class _KernelCache(FunctionCache):
    _impl_class = _CacheImplementation


def _compiled(function: Callable, inlined: bool) -> Dispatcher:
    return njit(function, nogil=True, fastmath=FAST_MATH, error_model="numpy", forceinline=inlined)


def kernel(function: Callable) -> Dispatcher:
    """Compile a function to machine code that runs without Python's lock."""
    compiled = _compiled(function, inlined=False)
    with suppress(RuntimeError):  # no folder can be written: compile anew in each process rather than fail
        compiled._cache = _KernelCache(function)
    return compiled


def inlined(function: Callable) -> Dispatcher:
    """Compile a short function, or a generator, into the kernels that call it: no arguments are handed over."""
    return _compiled(function, inlined=True)
