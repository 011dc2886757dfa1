"""Run the commands on a machine that fails under them: full disk, files that disappear, a clock that is set back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.machine import processors
from benchmarks.reliability.commands import COMMANDS, INPUTS, OUTPUTS, Fault, Place, Result, fill, finish
from benchmarks.reliability.trials import (
    Reference,
    Trial,
    WrongError,
    answers_of,
    check,
    check_equal,
    errors_of,
    finish_training,
)

_DAY = 86_400  # seconds
_ROOM = (0, 300, 5_000, 1_000_000)  # bytes that still fit into a file on a full disk

_BLOCKED = {
    "train": ("--run=weights.npz", "--run=weights.npz/one", "--output=weights.npz/a.npz", "--output=folder.npz"),
    "predict": (
        "--output=weights.npz",
        "--output=weights.npz/a",
        "--csv=folder.csv",
        "--csv=weights.npz/a.csv",
        "--report=weights.npz/a.html",
        "--report=folder.html",
    ),
    "calibrate": ("--output=weights.npz/a.npz", "--output=folder.npz"),
    "evaluate": ("--figure=weights.npz/a.svg", "--figure=folder.svg"),
}
"""Options that name a folder in place of a file, or something below a file."""


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
            trial = Trial(command, place, references[command], np.random.default_rng([seed, number]))
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


def _measure(command: str, drawn: Path, top: Path) -> Reference:
    """Run a command twice without a fault and count the moments at which there could have been one."""
    moments = {}
    for number, places in enumerate((INPUTS, OUTPUTS)):
        place = Place(top / f"{command}-{number}", drawn)
        count = top / f"{command}-{number}.txt"
        result = place.run(COMMANDS[command].split(), Fault("count", value=str(count), places=places))
        if result.status:
            raise RuntimeError(f"{command} fails without a fault: {result.err}")
        moments[places] = int(count.read_text(encoding="utf-8"))
    return Reference(result.out, place.files(), moments)


def _full_disk(trial: Trial) -> Result:
    """From some moment on, only a few more bytes fit into each file."""
    return _answered(trial, trial.fault("full", int(trial.rng.choice(_ROOM))))


def _removed_output(trial: Trial) -> Result:
    """A folder of the outputs is removed, with what is in it."""
    folder = str(trial.rng.choice(["runs", "runs/one", "out"] if trial.name == "train" else ["out"]))
    return _answered(trial, trial.fault("remove", folder), gone=[folder])


def _answered(trial: Trial, fault: Fault, gone: Sequence[str] = ()) -> Result:
    """Run a command that should give its answer in spite of a fault, and a training once more without it."""
    before = trial.place.files()
    result = trial.place.run(trial.words, fault)
    check(trial, result, before, gone=gone, errors=5 if trial.name == "predict" else 1)
    if trial.name in ("predict", "crops") and (result.out or fault.action == "full"):
        check_equal("the answer", answers_of(result.out), answers_of(trial.reference.out))
    if trial.name == "train":
        finish_training(trial)
    return result


def _full_output(trial: Trial) -> Result:
    """The answer is redirected to a full disk."""
    before = trial.place.files()
    with Path("/dev/full").open("wb") as full:
        result = trial.place.run(trial.words, out=full.fileno())
    check(trial, result, before)
    if not result.status:
        raise WrongError("exit status 0, without an answer")
    return result


def _blocked(trial: Trial) -> Result:
    """An output is a folder in place of a file, or below a file."""
    place = trial.place
    for name in ("folder.npz", "folder.csv", "folder.html", "folder.svg"):
        place.path(name).mkdir()
    before = place.files()
    option = str(trial.rng.choice(_BLOCKED[trial.name]))
    result = place.run([*trial.words, option])
    check(trial, result, before)
    if not result.status or place.files() != before:
        raise WrongError(f"{option} was not refused")
    return result


def _blocked_copy(trial: Trial) -> Result:
    """There is a folder where an annotated copy is to be: everything else is as usual."""
    copy = min(name for name in trial.reference.files if name.endswith(".emotions.png"))
    trial.place.path(copy).mkdir()
    before = trial.place.files()
    result = trial.place.run(trial.words)
    check(trial, result, before)
    check_equal("the answer", answers_of(result.out), answers_of(trial.reference.out))
    return result


def _removed_input(trial: Trial) -> Result:
    """The pictures are removed after they were listed, while they are read or while a network is trained on them."""
    place, folder = trial.place, "crops" if trial.name == "crops" else "faces"
    before = place.files()
    places = OUTPUTS if trial.name == "train" and trial.rng.random() < 0.5 else INPUTS
    result = place.run(trial.words, trial.fault("remove", folder, places))
    some_left_out = "left out" in result.out
    check(trial, result, before, gone=[folder], errors=len(before), less=some_left_out or trial.name == "crops")
    if trial.name == "crops":
        answers = [line for line in result.out.splitlines() if '"error"' not in line]
        errors = errors_of(result)
        expected = trial.reference.out.splitlines()
        if not set(answers) <= set(expected) or len(answers) + len(errors) != len(expected):
            raise WrongError(f"{len(answers)} answers and {len(errors)} errors for {len(expected)} pictures")
    elif len(errors_of(result)) > 1:
        raise WrongError(f"{len(errors_of(result))} errors")
    if trial.name == "train" and not some_left_out:
        place.restore(folder)
        finish_training(trial)
    return result


def _two_trainings(trial: Trial) -> Result:
    """A second training begins to write to the same folder, or the same file."""
    place, shared = trial.place, trial.rng.random() < 0.5
    before = place.files()
    first = place.start(trial.words)
    time.sleep(trial.rng.uniform(0, 1))
    second = place.start(trial.words if shared else [*trial.words, "--run=runs/two"])
    results = sorted((finish(first), finish(second)), key=lambda result: result.status)
    for result in results:
        check(trial, result, before)
    if results[0].status or (results[1].status == 0 and shared):
        raise WrongError(f"exit status {results[0].status} and {results[1].status}")
    if results[1].status and not any(word in results[1].err for word in ("another training", "finished")):
        raise WrongError(results[1].err)
    check_equal("the weights", place.path("out/trained.npz").read_bytes(), trial.reference.files["out/trained.npz"])
    return results[1]


def _clock_set_back(trial: Trial) -> Result:
    """The clock is set back by a day, and all files seem to come from the future."""
    before = trial.place.files()
    _date_tomorrow(trial.place)
    run = trial.place.run_on_terminal if trial.name == "train" else trial.place.run
    result = run(trial.words, trial.fault("clock", -_DAY))
    check(trial, result, before)
    if result.status:
        raise WrongError(result.err)
    if trial.name == "train":
        finish_training(trial)
    else:
        check_equal("the answer", result.out, trial.reference.out)
        check_equal("a file", trial.place.files(), trial.reference.files)
    return result


def _resumed_yesterday(trial: Trial) -> Result:
    """A training is killed, and resumed with a clock that is a day behind."""
    result = trial.place.run(trial.words, trial.fault("kill", ""))
    _date_tomorrow(trial.place)
    finish_training(trial, Fault("clock", 0, -_DAY))
    return Result(0, result.out, result.err)


def _date_tomorrow(place: Place) -> None:
    for name in place.files():
        os.utime(place.path(name), times=(time.time() + _DAY,) * 2)


_KINDS: list[tuple[Callable[[Trial], Result], str]] = [
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


def _kind(number: int, seed: int) -> tuple[Callable[[Trial], Result], str]:
    """Return the kind of a trial: all of them in a random order, then again in another one."""
    rounds, place = divmod(number, len(_KINDS))
    return _KINDS[np.random.default_rng([seed, rounds]).permutation(len(_KINDS))[place]]
