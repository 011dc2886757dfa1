"""Error handling for the commands: one line on standard error and an exit status."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable

from emotion.errors import InputError

NO_FACE = 1  # pictures or a video were processed, but there was no face
BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


def run(command: Callable[[], int]) -> int:
    """Run ``command()`` and return its exit status.

    Errors that the user can fix (InputError, npcnn's WeightsError and DivergenceError, OSError, a missing package)
    print one line on standard error and return 2, and so does standard output that cannot be written. Ctrl-C returns
    130. Warnings print one line on standard error. Any other exception is a bug and propagates.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may contain characters the terminal cannot encode
            stream.reconfigure(errors="backslashreplace")
    status, error = _outcome(command)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output, such as `head`, has exited
        _discard_output()
        status = BROKEN_PIPE if error is None else status
    except OSError as problem:
        _discard_output()
        status, error = (
            BAD_INPUT,
            f"the output cannot be written ({problem.strerror}); make room, or write it elsewhere",
        )
    if error is not None:
        print_error(error)
    return status


def _outcome(command: Callable[[], int]) -> tuple[int, object]:
    """Return the exit status of a command, and the error to print, if there is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _show_warning
            return command(), None
    except SystemExit:  # argparse has already printed its message
        raise
    except KeyboardInterrupt:
        return INTERRUPTED, "interrupted"
    except BrokenPipeError:
        return BROKEN_PIPE, None
    except ImportError as error:
        return BAD_INPUT, f"{error}; {_remedy(error)}"
    except InputError as error:
        return BAD_INPUT, error
    except _other_user_errors() as error:
        return BAD_INPUT, error


def _discard_output() -> None:
    """Let what is still in the buffer of standard output, or comes later, go nowhere, or the interpreter complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _remedy(error: ImportError) -> str:
    if ".so" in str(error):  # a library of the desktop, such as libGL, that a server does not have
        return "pip uninstall opencv-python, then pip install 'opencv-python-headless>=4.10,<5'"
    return "install the requirements: pip install numpy numba 'opencv-python>=4.10,<5' tqdm"


def _other_user_errors() -> tuple[type[Exception], ...]:
    from npcnn import DivergenceError, WeightsError

    return OSError, WeightsError, DivergenceError


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print_warning(message)


def print_warning(message: object) -> None:
    """Print a warning as one line on standard error."""
    print("warning:", printable(message), file=sys.stderr)


def printable(text: object) -> str:
    """Return a text in one line, without characters that could control the terminal."""
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)


def print_error(error: object) -> int:
    """Print an error as one line on standard error and return the exit status for bad input."""
    if isinstance(error, OSError) and error.strerror:
        error = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    print("error:", printable(error), file=sys.stderr)
    return BAD_INPUT
