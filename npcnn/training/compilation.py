"""Compile the kernels of a training run before it starts, in several processes at once.

Numba compiles a kernel when it is first called, one after another, so the first training step of all would take half a
minute in silence. Here a step is traced with the reference backend. This process and worker processes (``python -m
npcnn.training.compilation``) then call each operation once with arrays of the same shapes. That compiles the kernels
and stores their machine code on disk, where the training finds it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import traced, use_backend
from npcnn.layers.layer import Layer
from npcnn.losses import SoftmaxCrossEntropy
from npcnn.optimizers import EMA, Adam
from npcnn.runtime.threads import set_thread_count, thread_count

_SMALL_BATCH = 2
"""Examples of a batch for which other kernels may run than for a full one; the last batch of an epoch can be small."""

_PACKAGE = Path(__file__).parents[1]


def compile_training(
    network: Layer,
    x: NDArray,
    targets: NDArray,
    loss: SoftmaxCrossEntropy | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Compile what training ``network`` on batches like x (N, ...) and targets (N,) or (N, K) needs.

    Works on a copy: weights, buffers and generators stay as they are. ``progress(done, total)`` is called at the start
    and after each operation. Returns at once if the same training was compiled before. Does nothing where machine code
    cannot be stored; the kernels are then compiled as they are called.
    """
    calls = list(dict.fromkeys(_trace(copy.deepcopy(network), x, targets, loss or SoftmaxCrossEntropy())))
    stamp = _stamp(calls)
    if stamp is None or stamp.exists():
        return
    total, waiting = len(calls), _slowest_last(calls)
    progress(0, total)
    made = count(1)

    def done() -> None:
        progress(next(made), total)

    with ThreadPoolExecutor(thread_count()) as pool:
        serving = [pool.submit(_serve, waiting, done) for _ in range(min(thread_count(), total) - 1)]
        _call_waiting(waiting, done)
        complete = all(list(map(Future.result, serving)))
    if complete:
        with suppress(OSError):
            stamp.touch()


def _trace(network: Layer, x: NDArray, targets: NDArray, loss: SoftmaxCrossEntropy) -> list[str]:
    """The operations that training steps on a full and on a small batch call, each as JSON."""
    calls: list[str] = []
    optimizer, average = Adam(network.params, clip_norm=1e-9), EMA(network.state_dict())
    with use_backend("reference"), traced(lambda name, arguments: calls.append(_described(name, arguments))):
        for batch in (slice(None), slice(_SMALL_BATCH)):
            loss.forward(network.forward(x[batch], training=True), targets[batch])
            network.backward(loss.backward())
            optimizer.step(network.grads)
        average.update(network.state_dict())
    return calls


def _described(name: str, arguments: tuple) -> str:
    def describe(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return {"shape": value.shape, "dtype": value.dtype.str}
        return {"tuple": value} if isinstance(value, tuple) else value

    return json.dumps([name, [describe(value) for value in arguments]])


def _slowest_last(calls: list[str]) -> list[str]:
    """The calls in the reverse of the order in which they are made: the first call of each kernel compiles it.

    A small batch may have kernels of its own.
    """
    first: dict[tuple[str, bool], str] = {}
    for call in calls:
        name, arguments = json.loads(call)
        small = any(isinstance(value, dict) and value.get("shape", [0])[:1] == [_SMALL_BATCH] for value in arguments)
        first.setdefault((name, small), call)
    return [call for call in calls if call not in first.values()] + list(first.values())[::-1]


def _call_waiting(waiting: list[str], done: Callable[[], None]) -> None:
    """Make the waiting calls in this process until none is left."""
    threads = thread_count()
    set_thread_count(1)
    try:
        while waiting:
            try:
                call = waiting.pop()
            except IndexError:  # another process has taken the last one
                break
            _call(call)
            done()
    finally:
        set_thread_count(threads)


def _serve(waiting: list[str], done: Callable[[], None]) -> bool:
    """Let one worker process make the waiting calls until none is left; returns whether it made all it was given."""
    path = os.pathsep.join([str(_PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [sys.executable, "-m", "npcnn.training.compilation"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        text=True,
    ) as worker:
        while waiting:
            try:
                call = waiting.pop()
                print(call, file=worker.stdin, flush=True)
            except (IndexError, OSError):
                break
            if not worker.stdout.readline():
                return False
            done()
        with suppress(OSError):
            worker.stdin.close()
    return worker.returncode == 0


def _stamp(calls: list[str]) -> Path | None:
    """A file beside the cached machine code that says that these calls were compiled; None without a cache."""
    from npcnn.kernels.adam import _adam  # imports the compiler

    cache = getattr(_adam, "_cache", None)
    folder = getattr(cache, "cache_path", None)
    if folder is None:
        return None
    from llvmlite.binding import get_host_cpu_name
    from numba import __version__

    text = "\n".join([*calls, __version__, get_host_cpu_name()])
    digest = hashlib.sha256(text.encode())
    for source in sorted(_PACKAGE.rglob("*.py")):
        digest.update(source.read_bytes())
    return Path(folder) / f"training-{digest.hexdigest()[:16]}.compiled"


def _call(call: str) -> None:
    """Call a traced operation with zeros."""
    from npcnn import kernels  # imports the compiler

    def argument(value: Any) -> Any:
        if isinstance(value, dict) and "shape" in value:
            return np.zeros(value["shape"], value["dtype"])
        return tuple(value["tuple"]) if isinstance(value, dict) else value

    name, arguments = json.loads(call)
    getattr(kernels, name)(*map(argument, arguments))


def _serve_standard_input() -> None:
    """Make the calls that arrive on standard input, one a line, and answer each with a line."""
    set_thread_count(1)
    for line in sys.stdin:
        _call(line)
        print("done", flush=True)


if __name__ == "__main__":
    _serve_standard_input()
