"""Run the predict command on a folder and monitor its memory while it processes the pictures."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import CHECKOUT, command, environment
from emotion.errors import InputError

_INTERVAL = 0.01  # seconds between two samples of the memory


@dataclass(frozen=True)
class FolderUse:
    """Resource use for a folder: seconds, peak memory, and peak memory in each quarter of the pictures, in bytes."""

    seconds: float
    peak: int
    quarters: list[int]


def predict_folder(drawn: Path, pictures: int) -> FolderUse:
    """Run ``scripts/predict.py`` on a folder with ``pictures`` links to the pictures in ``drawn``.

    Requires Linux, to read the memory of another process. Raises InputError if the command fails or there are fewer
    than four pictures.
    """
    if pictures < 4:
        raise InputError(f"a folder of {pictures} pictures cannot be split into quarters; use at least 4")
    scenes = sorted(drawn.glob("*.png"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "pictures")
        folder.mkdir()
        for number in range(pictures):
            (folder / f"{number:06}.png").symlink_to(scenes[number % len(scenes)])
        command_line = command(
            "predict.py", "-p", folder, "--json", "--output", Path(name, "out"), "--weights", drawn / "weights.npz"
        )
        return _monitor(command_line, pictures)


def _monitor(command_line: list[str], pictures: int) -> FolderUse:
    """Run a command that prints one line per picture; delete the annotated copies, which would fill the disk."""
    quarters = [0, 0, 0, 0]
    done, ended = 0, threading.Event()
    started = time.perf_counter()
    process = subprocess.Popen(command_line, stdout=subprocess.PIPE, cwd=CHECKOUT, env=environment())

    def sample() -> None:
        while not ended.wait(_INTERVAL):
            quarter = min(4 * done // pictures, 3)
            quarters[quarter] = max(quarters[quarter], _resident(process.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    for line in process.stdout:
        done += 1
        if copy := json.loads(line)["annotated"]:
            Path(copy).unlink()
    ended.set()
    sampler.join()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # os.wait4 has already reaped the process
    if process.returncode or done != pictures:
        raise InputError(f"predict.py processed {done} of {pictures} pictures and exited with {process.returncode}")
    return FolderUse(seconds, 1024 * usage.ru_maxrss, quarters)


def _resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 if it has just exited."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
