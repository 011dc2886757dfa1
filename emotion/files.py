"""Write files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from emotion.errors import InputError


def write_file(path: str | os.PathLike, data: bytes) -> None:
    """Write ``data`` to a temporary file beside ``path`` that is then renamed into place.

    Raises InputError if the folder does not exist or is not writable.
    """
    with replacing(path) as temporary, writing(path):
        temporary.write_bytes(data)


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary file beside ``path``, with the same extension, that is renamed into place at the end.

    After an exception it is deleted instead, and what is at ``path`` stays. Raises InputError, at once, if the folder
    does not exist or is not writable, or if ``path`` is something else than a file, such as a pipe.
    """
    path = Path(path)
    with writing(path):
        if path.is_dir():
            raise InputError(f"{path}: a folder; give the name of a file in it")
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: not a regular file; choose another name")
    temporary = path.with_name(f".{path.stem}.{token_hex(4)}.tmp{path.suffix}")
    try:
        with writing(path):
            temporary.touch()
        yield temporary
        with writing(path):
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def writing(path: str | os.PathLike) -> Iterator[None]:
    """Inside the context, an OSError becomes an InputError that says that ``path`` cannot be written."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
