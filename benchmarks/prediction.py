"""The predict command on a folder, watched from outside: its memory while picture after picture is done."""

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

_INTERVAL = 0.01  # seconds between two looks at the memory


@dataclass(frozen=True)
class FolderUse:
    """What a folder took: seconds, the process's peak memory, and its peak over each quarter of the pictures, bytes."""

    seconds: float
    peak: int
    quarters: list[int]


def predict_folder(drawn: Path, pictures: int) -> FolderUse:
    """Let ``scripts/predict.py`` do a folder of so many pictures, links to those in ``drawn``, as a user would.

    Needs Linux, where a process can look at another's memory. Raises InputError when the command fails, or there are
    too few pictures for quarters.
    """
    if pictures < 4:
        raise InputError(f"a folder of {pictures} pictures has no quarters; give at least 4")
    scenes = sorted(drawn.glob("*.png"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "pictures")
        folder.mkdir()
        for number in range(pictures):
            (folder / f"{number:06}.png").symlink_to(scenes[number % len(scenes)])
        line = command(
            "predict.py", "-p", folder, "--json", "--output", Path(name, "out"), "--weights", drawn / "weights.npz"
        )
        return _watch(line, pictures)


def _watch(line: list[str], pictures: int) -> FolderUse:
    """Run a command that prints a line a picture; deletes the annotated copies, which would fill the disk."""
    quarters = [0, 0, 0, 0]
    done, ended = 0, threading.Event()
    started = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.PIPE, cwd=CHECKOUT, env=environment())

    def sample() -> None:
        while not ended.wait(_INTERVAL):
            quarter = min(4 * done // pictures, 3)
            quarters[quarter] = max(quarters[quarter], _resident(process.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    for answer in process.stdout:
        done += 1
        if copy := json.loads(answer)["annotated"]:
            Path(copy).unlink()
    ended.set()
    sampler.join()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for here
    if process.returncode or done != pictures:
        raise InputError(f"predict.py did {done} of {pictures} pictures and ended with {process.returncode}")
    return FolderUse(seconds, 1024 * usage.ru_maxrss, quarters)


def _resident(pid: int) -> int:
    """Memory that a process holds at this moment, in bytes; 0 when it has just ended."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
