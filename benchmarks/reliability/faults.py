"""Run the commands on a machine that fails under them: full disk, files that disappear, a clock that is set back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import processors
from benchmarks.reliability.commands import COMMANDS, INPUTS, OUTPUTS, Fault, Place, Result, fill, finish

_DAY = 86_400  # seconds
_ROOM = (0, 300, 5_000, 1_000_000)  # bytes that still fit into a file on a full disk
_WITH_DURATIONS = ("history.csv", "curves.svg", "report.html", "checkpoint.npz")  # different in each training

_BLOCKED = {
    "train": ("--run=weights.npz", "--run=weights.npz/one", "--output=weights.npz/a.npz", "--output=folder.npz"),
    "predict": (
        "--output=weights.npz",
        "--output=weights.npz/a",
        "--csv=faces",
        "--csv=weights.npz/a.csv",
        "--report=weights.npz/a.html",
        "--report=folder.html",
    ),
    "calibrate": ("--output=weights.npz/a.npz", "--output=folder.npz"),
    "evaluate": ("--figure=weights.npz/a.svg", "--figure=folder.svg"),
}
"""Options that name a folder in place of a file, or something below a file."""


class WrongError(Exception):
    """A command did something else than it should; the message says what."""


@dataclass(frozen=True)
class _Reference:
    """What a command does if nothing fails.

    out: what it prints.
    files: the content of all files afterwards, by their path.
    moments: how often a fault can happen in each of the two groups of folders, those read and those written.
    """

    out: str
    files: Mapping[str, bytes]
    moments: Mapping[Sequence[str], int]


@dataclass(frozen=True)
class _Trial:
    """A command, the folder that it runs in, what it should do, and the random generator that chooses the fault."""

    name: str
    place: Place
    reference: _Reference
    rng: np.random.Generator

    @property
    def words(self) -> list[str]:
        return COMMANDS[self.name].split()

    def fault(self, action: str, value: int | str, places: Sequence[str] = OUTPUTS) -> Fault:
        """Return a fault at a random moment."""
        return Fault(action, int(self.rng.integers(1, self.reference.moments[places] + 1)), value, places)


def faults(trials: int, seed: int) -> list[str]:
    """Run commands under faults and check their exit status, messages and files; returns the cells of the row."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(processors()) as pool:
        drawn = Path(name, "drawn")
        fill(drawn, seed)
        measured = pool.map(lambda command: _measure(command, drawn, Path(name)), COMMANDS)
        references = dict(zip(COMMANDS, measured, strict=True))

        def run(number: int) -> tuple[str, float]:
            kind, command = _kind(number, seed)
            place = Place(Path(name, str(number)), drawn)
            trial = _Trial(command, place, references[command], np.random.default_rng([seed, number]))
            started = time.perf_counter()
            try:
                outcome = "refused" if kind(trial).status else "used"
            except (WrongError, subprocess.TimeoutExpired) as error:
                outcome = "wrong"
                print(f"faults, trial {number}, {kind.__name__.strip('_')} {command}: {error}", file=sys.stderr)
            finally:
                shutil.rmtree(place.folder)
            return outcome, time.perf_counter() - started

        outcomes, seconds = zip(*pool.map(run, range(trials)), strict=True)
    counts = Counter(outcomes)
    columns = [f"{number:,}" for number in (trials, counts["used"], counts["refused"], counts["wrong"])]
    return [*columns, f"{max(seconds):.2f} s", "-"]


def _measure(command: str, drawn: Path, top: Path) -> _Reference:
    """Run a command twice without a fault and count the moments at which there could have been one."""
    moments = {}
    for number, places in enumerate((INPUTS, OUTPUTS)):
        place = Place(top / f"{command}-{number}", drawn)
        count = top / f"{command}-{number}.txt"
        result = place.run(COMMANDS[command].split(), Fault("count", value=str(count), places=places))
        if result.status:
            raise RuntimeError(f"{command} fails without a fault: {result.err}")
        moments[places] = int(count.read_text(encoding="utf-8"))
    return _Reference(result.out, place.files(), moments)


def _full_disk(trial: _Trial) -> Result:
    """From some moment on, only a few more bytes fit into each file."""
    return _answered(trial, trial.fault("full", int(trial.rng.choice(_ROOM))))


def _removed_output(trial: _Trial) -> Result:
    """A folder of the outputs is removed, with what is in it."""
    folder = str(trial.rng.choice(["runs", "runs/one", "out"] if trial.name == "train" else ["out"]))
    return _answered(trial, trial.fault("remove", folder), gone=[folder])


def _answered(trial: _Trial, fault: Fault, gone: Sequence[str] = ()) -> Result:
    """Run a command that should give its answer in spite of a fault, and a training once more without it."""
    before = trial.place.files()
    result = trial.place.run(trial.words, fault)
    _check(trial, result, before, gone=gone, errors=5 if trial.name == "predict" else 1)
    if trial.name in ("predict", "crops") and (result.out or fault.action == "full"):
        _check_equal("the answer", _answers(result.out), _answers(trial.reference.out))
    if trial.name == "train":
        _finish_training(trial)
    return result


def _full_output(trial: _Trial) -> Result:
    """The answer is redirected to a full disk."""
    before = trial.place.files()
    with Path("/dev/full").open("wb") as full:
        result = trial.place.run(trial.words, out=full.fileno())
    _check(trial, result, before)
    if not result.status:
        raise WrongError("exit status 0, without an answer")
    return result


def _blocked(trial: _Trial) -> Result:
    """An output is a folder in place of a file, or below a file."""
    place = trial.place
    for name in ("folder.npz", "folder.html", "folder.svg"):
        place.path(name).mkdir()
    before = place.files()
    option = str(trial.rng.choice(_BLOCKED[trial.name]))
    result = place.run([*trial.words, option])
    _check(trial, result, before)
    if not result.status or place.files() != before:
        raise WrongError(f"{option} was not refused")
    return result


def _blocked_copy(trial: _Trial) -> Result:
    """There is a folder where an annotated copy is to be: everything else is as usual."""
    copy = min(name for name in trial.reference.files if name.endswith(".emotions.png"))
    trial.place.path(copy).mkdir()
    before = trial.place.files()
    result = trial.place.run(trial.words)
    _check(trial, result, before)
    _check_equal("the answer", _answers(result.out), _answers(trial.reference.out))
    return result


def _removed_input(trial: _Trial) -> Result:
    """The pictures are removed after they were listed, while they are read or while a network is trained on them."""
    place, folder = trial.place, "crops" if trial.name == "crops" else "faces"
    before = place.files()
    places = OUTPUTS if trial.name == "train" and trial.rng.random() < 0.5 else INPUTS
    result = place.run(trial.words, trial.fault("remove", folder, places))
    some_left_out = "left out" in result.out
    _check(trial, result, before, gone=[folder], errors=len(before), less=some_left_out or trial.name == "crops")
    if trial.name == "crops":
        answers = [line for line in result.out.splitlines() if '"error"' not in line]
        errors = _errors(result)
        expected = trial.reference.out.splitlines()
        if not set(answers) <= set(expected) or len(answers) + len(errors) != len(expected):
            raise WrongError(f"{len(answers)} answers and {len(errors)} errors for {len(expected)} pictures")
    elif len(_errors(result)) > 1:
        raise WrongError(f"{len(_errors(result))} errors")
    if trial.name == "train" and not some_left_out:
        place.restore(folder)
        _finish_training(trial)
    return result


def _two_trainings(trial: _Trial) -> Result:
    """A second training begins to write to the same folder, or the same file."""
    place, shared = trial.place, trial.rng.random() < 0.5
    before = place.files()
    first = place.start(trial.words)
    time.sleep(trial.rng.uniform(0, 1))
    second = place.start(trial.words if shared else [*trial.words, "--run=runs/two"])
    results = sorted((finish(first), finish(second)), key=lambda result: result.status)
    for result in results:
        _check(trial, result, before)
    if results[0].status or (results[1].status == 0 and shared):
        raise WrongError(f"exit status {results[0].status} and {results[1].status}")
    if results[1].status and not any(word in results[1].err for word in ("another training", "finished")):
        raise WrongError(results[1].err)
    _check_equal("the weights", place.path("out/trained.npz").read_bytes(), trial.reference.files["out/trained.npz"])
    return results[1]


def _clock_set_back(trial: _Trial) -> Result:
    """The clock is set back by a day, and all files seem to come from the future."""
    before = trial.place.files()
    _date_tomorrow(trial.place)
    run = trial.place.run_on_terminal if trial.name == "train" else trial.place.run
    result = run(trial.words, trial.fault("clock", -_DAY))
    _check(trial, result, before)
    if result.status:
        raise WrongError(result.err)
    if trial.name == "train":
        _finish_training(trial)
    else:
        _check_equal("the answer", result.out, trial.reference.out)
        _check_equal("a file", trial.place.files(), trial.reference.files)
    return result


def _resumed_yesterday(trial: _Trial) -> Result:
    """A training is killed, and resumed with a clock that is a day behind."""
    result = trial.place.run(trial.words, trial.fault("kill", ""))
    _date_tomorrow(trial.place)
    _finish_training(trial, Fault("clock", 0, -_DAY))
    return Result(0, result.out, result.err)


def _date_tomorrow(place: Place) -> None:
    for name in place.files():
        os.utime(place.path(name), times=(time.time() + _DAY,) * 2)


_KINDS: list[tuple[Callable[[_Trial], Result], str]] = [
    *((_full_disk, name) for name in ("train", "train", *COMMANDS)),
    *((_full_output, name) for name in ("train", "predict", "evaluate")),
    *((_blocked, name) for name in _BLOCKED),
    (_blocked_copy, "predict"),
    *((_removed_output, name) for name in ("train", "train", "predict", "evaluate")),
    *((_removed_input, name) for name in ("train", "crops", "evaluate")),
    (_two_trainings, "train"),
    *((_clock_set_back, name) for name in ("train", "predict", "calibrate")),
    (_resumed_yesterday, "train"),
]
"""What happens, and to which command."""


def _kind(number: int, seed: int) -> tuple[Callable[[_Trial], Result], str]:
    """Return the kind of a trial: all of them in a random order, then again in another one."""
    rounds, place = divmod(number, len(_KINDS))
    return _KINDS[np.random.default_rng([seed, rounds]).permutation(len(_KINDS))[place]]


def _check(
    trial: _Trial,
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
    lines = _errors(result)
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
        _check_equal(name, content, expected[name])


def _finish_training(trial: _Trial, fault: Fault | None = None) -> None:
    """Resume or repeat a training unless it is finished, and raise WrongError unless it gives the same bytes."""
    run = trial.place.path("runs/one")
    if not (run / "report.html").exists() or (run / "checkpoint.npz").exists():
        resume = ["--resume"] if (run / "config.toml").exists() else []
        result = trial.place.run([*trial.words, *resume], fault)
        if result.status:
            raise WrongError(f"cannot be resumed: {result.err}")
    files = trial.place.files()
    new = {name for name in files if name.startswith("runs/")}
    _check_equal("the run folder", new, {name for name in trial.reference.files if name.startswith("runs/")})
    for name in (*new, "out/trained.npz"):
        if not name.endswith(_WITH_DURATIONS):
            _check_equal(name, files[name], trial.reference.files[name])


def _check_equal(name: str, found: object, expected: object) -> None:
    if found != expected:
        raise WrongError(f"{name} is {str(found)[:200]}, and not {str(expected)[:200]}")


def _errors(result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if line.startswith(("error:", "warning: no annotated copy"))]


def _answers(out: str) -> list[str]:
    """Return the lines about faces, without those about files."""
    return [line for line in out.splitlines() if not line.startswith("  saved ")]
