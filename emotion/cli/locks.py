"""One training per folder or file: a lock that the operating system releases when its process ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
        with path.open("w") as file:
            if fcntl is None:
                file.close()  # an open file could not be deleted there
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
