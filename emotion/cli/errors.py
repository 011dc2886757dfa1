"""What a command says when something is wrong: one line on standard error, and an exit status."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable

from emotion.errors import InputError

BAD_INPUT = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


def run(command: Callable[[], int]) -> int:
    """The exit status of ``command()``; 2, with one line on standard error, for an error that a person can mend.

    Such are InputError, npcnn's WeightsError and DivergenceError, OSError and a package that is missing. Ctrl-C gives
    130. A warning is a line on standard error. Any other exception is a defect of the program and passes through.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file name must never be what stops the output
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _show_warning
            return command()
    except SystemExit:  # argparse has said all there is to say
        raise
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output has gone, as `head` does; nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except ImportError as error:
        return complain(f"{error}; what is needed: pip install numpy numba 'opencv-python>=4.10,<5' tqdm")
    except InputError as error:
        return complain(error)
    except _other_mendable_errors() as error:
        return complain(error)


def _other_mendable_errors() -> tuple[type[Exception], ...]:
    from npcnn import DivergenceError, WeightsError

    return OSError, WeightsError, DivergenceError


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print("warning:", message, file=sys.stderr)


def complain(error: object) -> int:
    """Say on standard error, in one line, what is wrong; returns the exit status for bad input."""
    if isinstance(error, OSError) and error.strerror:
        error = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    print("error:", " ".join(str(error).split()), file=sys.stderr)
    return BAD_INPUT
