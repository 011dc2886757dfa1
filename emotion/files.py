"""Write files whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from emotion.errors import InputError


def write_file(path: str | os.PathLike, data: bytes) -> None:
    """Write ``data`` to a temporary file beside ``path`` that is then renamed into place.

    Raises InputError if the folder does not exist or is not writable.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another folder") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
