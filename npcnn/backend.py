"""Which implementation of the operations runs, and whether layers keep what a backward pass needs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import ModuleType
from typing import Any

_backend = ContextVar("backend", default="kernels")
_grad_enabled = ContextVar("grad_enabled", default=True)
_trace: ContextVar[Callable[[str, tuple], None] | None] = ContextVar("trace", default=None)


def backend() -> str:
    """The implementation that runs: ``"kernels"`` or ``"reference"``."""
    return _backend.get()


def operations() -> ModuleType | _Traced:
    """The module whose operations layers call: ``npcnn.kernels``, or ``npcnn.reference``."""
    module, trace = _module(_backend.get()), _trace.get()
    return module if trace is None else _Traced(module, trace)


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"npcnn.{name}")


@contextmanager
def use_backend(name: str) -> Iterator[None]:
    """Inside the context, layers call ``"kernels"`` (compiled) or ``"reference"`` (plain NumPy, without a compiler).

    Raises ValueError for any other name.
    """
    if name not in ("kernels", "reference"):
        raise ValueError(f"the backend must be 'kernels' or 'reference', not {name!r}")
    token = _backend.set(name)
    try:
        yield
    finally:
        _backend.reset(token)


class _Traced:
    """A module of operations that reports each call before making it."""

    def __init__(self, module: ModuleType, trace: Callable[[str, tuple], None]) -> None:
        self.module, self.trace = module, trace

    def __getattr__(self, name: str) -> Callable:
        operation = getattr(self.module, name)

        def call(*arguments: Any) -> Any:
            self.trace(name, arguments)
            return operation(*arguments)

        return call


@contextmanager
def traced(trace: Callable[[str, tuple], None]) -> Iterator[None]:
    """Inside, ``trace(name, arguments)`` is called before each operation that a layer, loss or optimizer runs."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)


def is_grad_enabled() -> bool:
    """Whether a forward pass keeps what its backward pass needs."""
    return _grad_enabled.get()


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside the context, layers keep nothing for a backward pass, so that their memory can be reused at once."""
    token = _grad_enabled.set(False)
    try:
        yield
    finally:
        _grad_enabled.reset(token)
