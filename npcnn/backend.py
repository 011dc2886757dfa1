"""Which implementation of the operations runs, and whether layers keep what a backward pass needs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import ModuleType

_backend = ContextVar("backend", default="kernels")
_grad_enabled = ContextVar("grad_enabled", default=True)


def backend() -> str:
    """The current implementation of the operations: ``"kernels"`` or ``"reference"``."""
    return _backend.get()


def operations() -> ModuleType:
    """The module whose operations layers call: ``npcnn.kernels``, or ``npcnn.reference``."""
    return _module(_backend.get())


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
