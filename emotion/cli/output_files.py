"""The files that a command writes: their names, and their end, at which one that fails does not cost the others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from emotion.cli.errors import print_error
from emotion.cli.quiet import quiet_decoders
from emotion.errors import InputError

Output = TypeVar("Output")


def check_extension(option: str, path: Path | None, *extensions: str) -> None:
    """Raise InputError, naming the option and the first extension, if the file has none of them. None is no file.

    Files of other extensions are never replaced, such as a picture that is given for the wrong option, and options with
    different extensions never name the same file.
    """
    if path is not None and path.suffix.lower() not in extensions:
        raise InputError(f"{option} {path}: the file name must end in {extensions[0]}")


def check_no_input(outputs: Iterable[Path | None], inputs: Iterable[Path | None]) -> None:
    """Raise InputError if a file to write is also one to read. None is no file."""
    written = {os.path.realpath(path): path for path in outputs if path is not None}
    for path in inputs:
        if written and path is not None and (output := written.get(os.path.realpath(path))):
            raise InputError(f"{output}: this is also an input; choose another name")


@contextmanager
def finished(output: AbstractContextManager[Output], path: Path, failed: list[Path]) -> Iterator[Output]:
    """Yield what ``output`` yields. If its end fails, print the error and note the path: other outputs end as usual."""
    with ExitStack() as stack:
        yield stack.enter_context(output)
        try:
            with quiet_decoders():
                stack.close()
        except InputError as error:
            print_error(error)
            failed.append(path)
