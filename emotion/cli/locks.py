"""One training per folder or file: a lock that the operating system releases when its process ends, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from emotion.errors import InputError

try:
    import fcntl
except ImportError:  # not on Windows, where no lock is taken
    fcntl = None


@contextmanager
def locked(output: Path, option: str) -> Iterator[None]:
    """Hold the lock of a file or folder to write, and create the folder that it is in.

    Raises InputError, naming the option that chooses it, if another process holds the lock or if it cannot be written.
    """
    path = output.with_name(f".{output.name}.lock")
    is_new = not path.parent.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_opened(path)):
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
                if is_new:
                    with suppress(OSError):  # it holds the output
                        path.parent.rmdir()
    except BlockingIOError as error:
        raise InputError(f"{output}: another training is writing it; choose another {option}") from error
    except OSError as error:
        if error.filename != str(path) and error.filename != str(path.parent):
            raise
        raise InputError(f"{output}: cannot be written ({error.strerror}); choose another {option}") from error


def _opened(path: Path) -> TextIO:
    """Open the file at ``path`` and lock it. Raises BlockingIOError if another process has locked it."""
    file = path.open("w")
    if fcntl is None:
        file.close()  # an open file could not be deleted there
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return _opened(path)  # the process that had the lock has deleted the file since it was opened
