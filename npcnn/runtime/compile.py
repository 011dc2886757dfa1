"""The one place that decides how kernels are compiled, and where their machine code is cached.

A kernel is compiled when it is first called, for the dtypes of that call, and its machine code is cached on disk. With
``NUMBA_DISABLE_JIT=1`` nothing is compiled: kernels run as plain Python, and a debugger can step through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from weakref import WeakSet

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
from numba.core.event import Event, Listener, install_listener

from npcnn.runtime.source_hash import source_hash

FAST_MATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
"""All flags that let LLVM vectorise sums, without "nnan" and "ninf": NaN and infinity must stay visible."""

unsigned = int if config.DISABLE_JIT else np.uintp
"""The type of an index in a kernel. For a signed index, Numba also handles negative values, and then loops do not
vectorise. With compilation disabled it is ``int``, because NumPy turns the sum of an unsigned and a signed integer
into a float."""

_kernels: WeakSet[Dispatcher] = WeakSet()


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


def kernel(function: Callable) -> Callable:
    """Compile a function to machine code that runs without the GIL."""
    if config.DISABLE_JIT:
        return _without_warnings(function)
    compiled = _compiled(function, inlined=False)
    with suppress(RuntimeError):  # no folder is writable: compile in every process
        compiled._cache = _KernelCache(function)
    _kernels.add(compiled)
    return compiled


def inlined(function: Callable) -> Callable:
    """Compile a short function, or a generator, into the kernels that call it, which saves the call."""
    return function if config.DISABLE_JIT else _compiled(function, inlined=True)


def emulated_by(emulation: Callable) -> Callable[[Callable], Callable]:
    """Decorate an intrinsic with the Python function that replaces it when compilation is disabled."""
    return lambda intrinsic: emulation if config.DISABLE_JIT else intrinsic


def uncached_kernels() -> list[str]:
    """Names of the kernels imported so far that have no up-to-date machine code on disk for this processor.

    A kernel that is not listed may still be compiled, namely for dtypes it has not been called with yet.
    """
    return sorted(_name_of(compiled) for compiled in _kernels if not _is_cached(compiled))


@contextmanager
def on_compile(callback: Callable[[str, int], None]) -> Iterator[None]:
    """Call ``callback(name, count)`` whenever a kernel starts to compile inside the context, for a progress display.

    ``count`` is the number of kernels so far, this one included. Kernels loaded from the cache are not reported. The
    callback runs in the thread that compiles, which may be a worker.
    """
    with install_listener("numba:compile", _CompileListener(callback)):
        yield


class _CompileListener(Listener):
    def __init__(self, callback: Callable[[str, int], None]) -> None:
        self._callback, self._count = callback, 0

    def on_start(self, event: Event) -> None:
        if event.data["dispatcher"] in _kernels:  # not an inlined function
            self._count += 1
            self._callback(_name_of(event.data["dispatcher"]), self._count)

    def on_end(self, event: Event) -> None:
        """Nothing to report."""


def _without_warnings(function: Callable) -> Callable:
    """NumPy must not warn of an overflow, as machine code does not."""

    @wraps(function)
    def call(*arguments: object) -> object:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return call


def _compiled(function: Callable, inlined: bool) -> Dispatcher:
    return njit(function, nogil=True, fastmath=FAST_MATH, error_model="numpy", forceinline=inlined)


def _name_of(compiled: Dispatcher) -> str:
    return f"{compiled.py_func.__module__}.{compiled.py_func.__qualname__}"


def _is_cached(compiled: Dispatcher) -> bool:
    if not isinstance(compiled._cache, _KernelCache):
        return False
    processor = compiled.targetctx.codegen().magic_tuple()
    return any(key[1] == processor for key in compiled._cache._cache_file._load_index())
