"""Run the predict command on a folder with damaged pictures in it, and monitor its memory and that of its workers."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import CHECKOUT, command, environment
from emotion.errors import InputError

PARTS = 0.1, 0.5, 1.0
"""Shares of the pictures up to which the peak memory is recorded."""

_BAD = 20  # one in so many pictures is damaged
_INTERVAL = 0.05  # seconds between two samples of the memory


@dataclass(frozen=True)
class FolderUse:
    """What came of a folder.

    seconds: the time it took.
    bad: damaged pictures in it.
    wrong: pictures without an answer, or with one though they are damaged, or not in order.
    peaks: peak resident memory of all processes together up to each of ``PARTS``, in bytes.
    """

    seconds: float
    bad: int
    wrong: int
    peaks: list[int]


def predict_folder(drawn: Path, pictures: int, workers: int) -> FolderUse:
    """Run ``scripts/predict.py`` on a folder with ``pictures`` links to the pictures in ``drawn``, or damaged files.

    Requires Linux, to read the memory of other processes. Raises InputError if the command fails.
    """
    scenes = sorted(drawn.glob("*.png"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "pictures")
        folder.mkdir()
        damaged = [scenes[0].read_bytes()[:20_000], b"", b"no picture"]
        expected = []
        for number in range(pictures):
            path = folder / f"{number:06}.png"
            is_bad = number % _BAD == _BAD // 2
            if is_bad:
                path.write_bytes(damaged[number // _BAD % len(damaged)])
            else:
                path.symlink_to(scenes[number % len(scenes)])
            expected.append((str(path), is_bad))
        options = ["-p", folder, "--json", "--workers", workers, "--weights", drawn / "weights.npz"]
        return _monitor(command("predict.py", *options, "--output", Path(name, "out")), expected)


def _monitor(command_line: list[str], expected: list[tuple[str, bool]]) -> FolderUse:
    """Run a command that prints a line of JSON per picture; delete the annotated copies, which would fill the disk.

    expected: the name of each picture, and whether it is damaged.
    """
    peaks = [0] * len(PARTS)
    answers: list[tuple[str, bool]] = []
    ended = threading.Event()
    started = time.perf_counter()
    process = subprocess.Popen(
        command_line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=CHECKOUT, env=environment()
    )

    def sample() -> None:
        while not ended.wait(_INTERVAL):
            part = next(i for i, share in enumerate(PARTS) if len(answers) <= share * len(expected))
            peaks[part] = max(peaks[part], sum(map(_resident, _family(process.pid))))

    sampler = threading.Thread(target=sample)
    sampler.start()
    for line in process.stdout:
        result = json.loads(line)
        answers.append((result["picture"], "error" in result))
        if copy := result.get("annotated"):
            Path(copy).unlink()
    ended.set()
    sampler.join()
    seconds = time.perf_counter() - started
    if process.wait() not in (0, 2):
        raise InputError(f"predict.py exited with {process.returncode} after {len(answers)} pictures")
    matching = sum(answer == right for answer, right in zip(answers, expected, strict=False))
    bad = sum(is_bad for _, is_bad in expected)
    return FolderUse(seconds, bad, max(len(answers), len(expected)) - matching, peaks)


def _family(pid: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has just exited
            for child in thread.read_text(encoding="ascii").split():
                yield from _family(int(child))


def _resident(pid: int) -> int:
    """Return the resident memory of a process in bytes; 0 if it has just exited."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
