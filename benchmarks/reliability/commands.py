"""Commands in a folder of their own, on a machine that breaks at a chosen moment."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.processes import CHECKOUT, command, environment
from benchmarks.terminal import output_on_terminal
from emotion import EmotionRecognizer
from emotion.labels import EMOTIONS
from emotion.networks.original import build_network
from emotion.synthetic import draw_scene, load_drawn

_BROKEN = Path(__file__).parent / "broken"
_SECONDS = 600  # after which a command hangs

COMMANDS = {
    "train": "train.py --data faces --share 0.34 --epochs 3 --batch-size 16 --threads 1 --run runs/one "
    "--output out/trained.npz",
    "predict": "predict.py -p pictures --weights weights.npz --output out --csv out/faces.csv --report out/faces.html",
    "crops": "predict.py -p crops --whole-image --json --workers 1 --weights weights.npz --no-save --csv out/faces.csv",
    "calibrate": "calibrate.py weights.npz --data faces --threads 1 --output out/trained.npz",
    "evaluate": "evaluate.py --weights weights.npz --data faces --threads 1 --figure out/figure.svg",
}
"""The commands, with paths in the folder that `fill` writes."""

INPUTS = ("pictures", "crops", "faces")
OUTPUTS = ("runs", "out")
"""Folders that the commands read and write."""

OLD = ("out/trained.npz", "out/faces.csv", "out/faces.html", "out/figure.svg")
"""Files that are there before and that the commands replace."""


@dataclass(frozen=True)
class Fault:
    """What happens to a process.

    action: "full": no file can grow beyond ``value`` bytes; "remove": the folder ``value`` is deleted; "kill";
        "clock": the clock is set by ``value`` seconds; "count": nothing, and the moments are written into the file
        ``value`` at the end.
    moment: counts the times that a file or folder in ``places`` is opened, created or renamed; it happens just before
        that one. 0: at the beginning.
    """

    action: str
    moment: int = 0
    value: int | str = ""
    places: Sequence[str] = OUTPUTS


@dataclass(frozen=True)
class Result:
    """How a command ended: exit status, and the texts that it printed."""

    status: int
    out: str
    err: str


class Place:
    """A folder in which commands run: a copy of ``origin``."""

    def __init__(self, folder: Path, origin: Path) -> None:
        self.folder, self.origin = folder, origin
        shutil.copytree(origin, folder)

    def path(self, name: str) -> Path:
        """Return the path of a file in the folder."""
        return self.folder / name

    def restore(self, name: str) -> None:
        """Copy a folder again."""
        shutil.copytree(self.origin / name, self.folder / name, dirs_exist_ok=True)

    def files(self) -> dict[str, bytes]:
        """Return the content of all files, by their path in the folder."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in files}

    def start(self, words: Sequence[str], fault: Fault | None = None, out: int = subprocess.PIPE) -> subprocess.Popen:
        """Start a command, given by its words."""
        return subprocess.Popen(
            command(*words), stdout=out, stderr=subprocess.PIPE, text=True, cwd=self.folder, env=_environment(fault)
        )

    def run(self, words: Sequence[str], fault: Fault | None = None, out: int = subprocess.PIPE) -> Result:
        """Run a command, given by its words."""
        return finish(self.start(words, fault, out))

    def run_on_terminal(self, words: Sequence[str], fault: Fault) -> Result:
        """Run a command on a terminal, where it shows progress bars; both outputs come as one."""
        status, text = output_on_terminal(command(*words), self.folder, _environment(fault))
        return Result(status, text, text)


def finish(process: subprocess.Popen) -> Result:
    """Wait for a command. Raises subprocess.TimeoutExpired, after it was killed, if it hangs."""
    try:
        out, err = process.communicate(timeout=_SECONDS)
    finally:
        process.kill()
    return Result(process.returncode, out or "", err)


def _environment(fault: Fault | None) -> dict[str, str]:
    variables = environment(PYTHONUNBUFFERED="")  # as by default
    if fault is None:
        return variables
    return variables | {"PYTHONPATH": f"{_BROKEN}:{CHECKOUT}", "FAULT": json.dumps(asdict(fault))}


def fill(folder: Path, seed: int) -> None:
    """Draw pictures and faces into a folder, and write weights and what the commands are going to replace."""
    rng = np.random.default_rng(seed)
    for number in range(3):
        _save(folder / f"pictures/{number}.png", draw_scene(rng, ["happy", "sadness"], (320, 240))[0])
    drawn = load_drawn(4, seed)
    for number, (face, label) in enumerate(zip(drawn.faces, drawn.labels, strict=True)):
        person, emotion = divmod(number, len(EMOTIONS))
        _save(folder / f"crops/{number}.png", face)
        _save(folder / f"faces/{EMOTIONS[label]}/S{person:03}_001_{emotion + 1:08}.png", face)
    EmotionRecognizer(build_network(seed)).save(folder / "weights.npz")
    (folder / "out").mkdir()
    for name in OLD:
        (folder / name).write_text("old", encoding="utf-8")


def _save(path: Path, picture: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, picture)[1])
