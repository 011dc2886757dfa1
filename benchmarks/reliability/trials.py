"""A trial of a command under a fault, and what must be true after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.reliability.commands import COMMANDS, OUTPUTS, Fault, Place, Result

_WITH_DURATIONS = ("history.csv", "curves.svg", "report.html", "checkpoint.npz")  # different in each training


class WrongError(Exception):
    """A command did something else than it should; the message says what."""


@dataclass(frozen=True)
class Reference:
    """What a command does if nothing fails.

    out: what it prints.
    files: the content of all files afterwards, by their path.
    moments: how often a fault can happen in each of the two groups of folders, those read and those written.
    """

    out: str
    files: Mapping[str, bytes]
    moments: Mapping[Sequence[str], int]


@dataclass(frozen=True)
class Trial:
    """A command, the folder that it runs in, what it should do, and the random generator that chooses the fault."""

    name: str
    place: Place
    reference: Reference
    rng: np.random.Generator

    @property
    def words(self) -> list[str]:
        return COMMANDS[self.name].split()

    def fault(self, action: str, value: int | str, places: Sequence[str] = OUTPUTS) -> Fault:
        """Return a fault at a random moment."""
        return Fault(action, int(self.rng.integers(1, self.reference.moments[places] + 1)), value, places)


def check(
    trial: Trial,
    result: Result,
    before: Mapping[str, bytes],
    gone: Sequence[str] = (),
    errors: int = 1,
    less: bool = False,
) -> None:
    """Raise WrongError unless a command ended with an answer or a line, and every file is the old or the new one.

    gone: folders that may be missing, with what was in them.
    errors: how many lines there may be, one for each picture or file that failed.
    less: whether outputs may say less than without a fault.
    """
    lines = errors_of(result)
    if result.status not in (0, 2) or any(text in result.err for text in ("Traceback", "Exception ignored")):
        raise WrongError(f"exit status {result.status}: {result.err}")
    if not (1 <= len(lines) <= errors if result.status else not lines):
        raise WrongError(f"exit status {result.status} and {len(lines)} lines of errors: {result.err}")
    if vague := [line for line in lines if ";" not in line]:
        raise WrongError(f"no remedy: {vague[0]}")
    files, expected = trial.place.files(), trial.reference.files
    for name in before.keys() - files.keys():
        if not name.startswith(tuple(f"{folder}/" for folder in gone)):
            raise WrongError(f"{name} is gone")
    for path, content in files.items():
        name = path.replace("runs/two/", "runs/one/")
        if content == before.get(name) or less or name.endswith(_WITH_DURATIONS):
            continue
        if name not in expected:
            raise WrongError(f"{name} was left over")
        check_equal(name, content, expected[name])


def finish_training(trial: Trial, fault: Fault | None = None) -> None:
    """Resume or repeat a training unless it is finished, and raise WrongError unless it gives the same bytes."""
    run = trial.place.path("runs/one")
    if not (run / "report.html").exists() or (run / "checkpoint.npz").exists():
        resume = ["--resume"] if (run / "config.toml").exists() else []
        result = trial.place.run([*trial.words, *resume], fault)
        if result.status:
            raise WrongError(f"cannot be resumed: {result.err}")
    files = trial.place.files()
    new = {name for name in files if name.startswith("runs/")}
    check_equal("the run folder", new, {name for name in trial.reference.files if name.startswith("runs/")})
    for name in (*new, "out/trained.npz"):
        if not name.endswith(_WITH_DURATIONS):
            check_equal(name, files[name], trial.reference.files[name])


def check_equal(name: str, found: object, expected: object) -> None:
    """Raise WrongError, with the name, unless both are equal."""
    if found != expected:
        raise WrongError(f"{name} is {str(found)[:200]}, and not {str(expected)[:200]}")


def errors_of(result: Result) -> list[str]:
    """Return the lines that say what failed."""
    return [line for line in result.err.splitlines() if line.startswith(("error:", "warning: no annotated copy"))]


def answers_of(out: str) -> list[str]:
    """Return the lines about faces, without those about files."""
    return [line for line in out.splitlines() if not line.startswith("  saved ")]
