"""Decoders write warnings to standard error themselves; a command reports problems in its own words instead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Inside the context, nothing reaches file descriptor 2. For commands only: it belongs to the whole process."""
    try:
        stderr = os.dup(2)
    except OSError:  # closed
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
