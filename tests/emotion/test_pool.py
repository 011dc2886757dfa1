"""Functions in other processes: order, laziness, and what happens when a process ends or fails.

The function is ``eval``, which every process knows; the items say what happens.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future

import pytest

from emotion.errors import InputError
from emotion.pool import map_in_processes

KILL = "__import__('os').kill(__import__('os').getpid(), 9)"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_answers_come_in_order_even_if_processes_are_killed(tmp_path):
    marker = tmp_path / "killed"
    killed_once = f"__import__('os').path.exists({str(marker)!r}) or [open({str(marker)!r}, 'w').close(), {KILL}]"
    items = ["__import__('time').sleep(0.2)", "1", killed_once, KILL, *map(str, range(10))]
    asked = []

    def lazily():
        for item in items:
            asked.append(item)
            yield item

    answers = map_in_processes(eval, lazily(), 2)
    assert asked == []
    assert next(answers) is None
    assert len(asked) <= 2 * 4 + 1
    first, retried, killed, *rest = answers
    assert first == 1
    assert retried is True
    assert isinstance(killed, InputError)
    assert "ended (SIGKILL)" in str(killed)
    assert rest == list(range(10))


def test_an_exception_ends_the_iteration_and_the_processes():
    answers = map_in_processes(eval, ["__import__('os').getpid()", "1 / 0", *map(str, range(100))], 1)
    process = next(answers)
    with pytest.raises(ZeroDivisionError) as raised:
        list(answers)
    assert "Traceback" in raised.value.__notes__[0]
    assert not is_alive(process)


def test_closing_ends_the_processes_at_once_and_lets_them_clean_up(tmp_path):
    marker = tmp_path / "temporary"
    program = f"""
import time
from pathlib import Path
try:
    Path({str(marker)!r}).touch()
    time.sleep(600)
finally:
    Path({str(marker)!r}).unlink()
"""
    answers = map_in_processes(exec, ["pass", program], 1)
    assert next(answers) is None
    while not marker.exists():
        time.sleep(0.01)
    started = time.monotonic()
    answers.close()
    assert time.monotonic() - started < 60
    assert not marker.exists()


def test_a_thread_that_never_returns_does_not_delay_the_end(monkeypatch):
    """As one whose Future stays locked, since an interrupt came just when the main thread had locked it."""
    monkeypatch.setattr("emotion.pool.GRACE", 0.5)
    unlocked = threading.Event()
    answers = map_in_processes(eval, ["1", "__import__('time').sleep(60)"], 1)
    assert next(answers) == 1
    monkeypatch.setattr(Future, "set_exception", lambda *_: unlocked.wait())
    closing = threading.Thread(target=answers.close)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    unlocked.set()


def test_processes_that_cannot_start_are_reported(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(InputError, match="a process cannot be started"):
        next(map_in_processes(eval, ["1"], 2))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_processes_end_with_the_one_that_started_them():
    program = """
from emotion.pool import map_in_processes
for answer in map_in_processes(eval, ["__import__('os').getpid()", "__import__('time').sleep(0.5)", "1"], 1):
    print(answer, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as parent:
        process = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        assert parent.stderr.read() == b""  # which the other process has open until it ends
    assert not is_alive(process)


def is_alive(process: int) -> bool:
    """Whether there is a process of this number, which may have ended a moment ago."""
    for _ in range(500):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.01)
    return True
