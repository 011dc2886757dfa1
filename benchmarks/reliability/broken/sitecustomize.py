"""Break the machine for a Python process, which imports a module of this name when it starts.

The environment variable FAULT says what happens when; `benchmarks.reliability.commands.Fault` explains it.
"""

import atexit
import json
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

_EVENTS = ("open", "os.mkdir", "os.rename")


def _break(fault: dict) -> None:
    places = tuple(os.path.abspath(place) for place in fault["places"])  # noqa: PTH100
    passed = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal passed
        if event in _EVENTS and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100
            if any(path == place or path.startswith(place + os.sep) for place in places):
                passed += 1
                if passed == fault["moment"]:
                    _act(fault["action"], fault["value"])

    if fault["action"] == "count":
        atexit.register(lambda: Path(fault["value"]).write_text(str(passed), encoding="utf-8"))
    elif not fault["moment"]:
        _act(fault["action"], fault["value"])
    sys.addaudithook(watch)


def _act(action: str, value: int | str) -> None:
    if action == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (value, resource.RLIM_INFINITY))
    elif action == "remove":
        shutil.rmtree(value, ignore_errors=True)
    elif action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "clock":
        seconds, nanoseconds = time.time, time.time_ns
        time.time = lambda: seconds() + value
        time.time_ns = lambda: nanoseconds() + value * 10**9


if "FAULT" in os.environ:
    _break(json.loads(os.environ["FAULT"]))
