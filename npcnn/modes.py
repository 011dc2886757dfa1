"""Two switches for code that only predicts: which telling of the operations runs, and whether layers keep anything."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import ModuleType

_telling = ContextVar("telling", default="kernels")
_keeping = ContextVar("keeping", default=True)


def telling() -> str:
    """Which telling of the operations runs: ``"kernels"`` or ``"reference"``."""
    return _telling.get()


def operations() -> ModuleType:
    """The operations that layers call: ``npcnn.kernels``, or ``npcnn.reference`` inside ``using("reference")``."""
    return _module(_telling.get())


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"npcnn.{name}")


@contextmanager
def using(name: str) -> Iterator[None]:
    """Let layers call ``"kernels"`` (compiled) or ``"reference"`` (plain NumPy: no compiler is even imported).

    Raises ValueError for any other name.
    """
    if name not in ("kernels", "reference"):
        raise ValueError(f"operations are told as 'kernels' or 'reference', not {name!r}")
    token = _telling.set(name)
    try:
        yield
    finally:
        _telling.reset(token)


def keeps_for_backward() -> bool:
    """Whether a forward pass is to remember what its backward pass needs."""
    return _keeping.get()


@contextmanager
def inference() -> Iterator[None]:
    """Inside, layers remember nothing for a backward pass, so that memory is free again as soon as it is read."""
    token = _keeping.set(False)
    try:
        yield
    finally:
        _keeping.reset(token)
