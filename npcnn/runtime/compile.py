"""The one place that decides how kernels are compiled, and where their machine code is cached.

A kernel is compiled when it is first called, for the dtypes of that call, and its machine code is cached on disk. With
``NUMBA_DISABLE_JIT=1`` nothing is compiled: kernels run as plain Python, and a debugger can step through them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
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

from npcnn.runtime.source_hash import source_hash

FAST_MATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
"""All flags that let LLVM vectorise sums, without "nnan" and "ninf": NaN and infinity must stay visible."""

unsigned = int if config.DISABLE_JIT else np.uintp
"""The type of an index in a kernel. For a signed index, Numba also handles negative values, and then loops do not
vectorise. With compilation disabled it is ``int``, because NumPy turns the sum of an unsigned and a signed integer
into a float."""


class _SourceStamp:
    """Cached machine code is stale once the contents of a file that it was made from change."""

    def get_source_stamp(self) -> str:
        return source_hash(Path(self._py_file))


class _UserProvided(_SourceStamp, UserProvidedCacheLocator):
    """``NUMBA_CACHE_DIR``, if it is set."""


class _InTree(_SourceStamp, InTreeCacheLocator):
    """``__pycache__`` next to the kernel's file, if it is writable."""


class _UserWide(_SourceStamp, UserWideCacheLocator):
    """The user's cache folder, for a read-only installation."""


class _CacheImplementation(CompileResultCacheImpl):
    _locator_classes = (_UserProvided, _InTree, _UserWide)


class _KernelCache(FunctionCache):
    _impl_class = _CacheImplementation

    def save_overload(self, sig: object, data: object) -> None:
        """Store the machine code of a kernel, or do without if that fails, as on a full disk."""
        with suppress(OSError):
            super().save_overload(sig, data)


def kernel(function: Callable) -> Callable:
    """Compile a function to machine code that runs without the GIL."""
    if config.DISABLE_JIT:
        return _without_warnings(function)
    compiled = _compiled(function, inlined=False)
    with suppress(RuntimeError):  # no folder is writable: compile in every process
        compiled._cache = _KernelCache(function)
    return compiled


def inlined(function: Callable) -> Callable:
    """Compile a short function, or a generator, into the kernels that call it, which saves the call."""
    return function if config.DISABLE_JIT else _compiled(function, inlined=True)


def emulated_by(emulation: Callable) -> Callable[[Callable], Callable]:
    """Decorate an intrinsic with the Python function that replaces it when compilation is disabled."""
    return lambda intrinsic: emulation if config.DISABLE_JIT else intrinsic


def _without_warnings(function: Callable) -> Callable:
    """NumPy must not warn of an overflow, as machine code does not."""

    @wraps(function)
    def call(*arguments: object) -> object:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return call


def _compiled(function: Callable, inlined: bool) -> Dispatcher:
    return njit(function, nogil=True, fastmath=FAST_MATH, error_model="numpy", forceinline=inlined)
