"""Run each peer in its own process, because thread pools of several frameworks in one process compete for cores."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.floor import sgemm_rate
from benchmarks.peers import Contender, Peer, Weights
from emotion.networks import input_shape

_WARM_UP = 3  # untimed calls; the first call with a new batch size may compile
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class PeerError(Exception):
    """A peer cannot be used. The message says in one line which one and why."""


class _Host:
    """The methods that `Worker.call` can run in the child process."""

    def __init__(self, peer: Peer, shape: tuple[int, int, int], seed: int) -> None:
        self._peer, self._shape, self._seed = peer, shape, seed

    def trains(self) -> bool:
        return self._peer.trains

    def infer(self, x: NDArray) -> NDArray:
        return self._peer.infer(self._peer.native(x))

    def gradients(self, x: NDArray, labels: NDArray) -> Weights:
        return self._peer.gradients(self._peer.native(x), self._peer.native(labels))

    def seconds_per_call(self, task: str, batch_size: int, seconds: float) -> float:
        """Return the median duration of ``infer`` or ``train_step``, called repeatedly for ``seconds`` seconds."""
        call = self._task(task, batch_size)
        for _ in range(_WARM_UP):
            call()
        durations = []
        stop = time.perf_counter() + seconds
        while not durations or time.perf_counter() < stop:
            started = time.perf_counter()
            call()
            durations.append(time.perf_counter() - started)
        return statistics.median(durations)

    def sgemm_rate(self, seconds: float) -> float:
        return sgemm_rate(seconds)

    def _task(self, task: str, batch_size: int) -> Callable[[], Any]:
        rng = np.random.default_rng(self._seed)
        x = self._peer.native(rng.standard_normal((batch_size, *self._shape), np.float32))
        if task == "infer":
            return lambda: self._peer.infer(x)
        # Random labels cannot be learned, which keeps gradients, and so the arithmetic, in a realistic range.
        labels = cycle([self._peer.native(row) for row in rng.integers(0, 8, (64, batch_size))])
        return lambda: self._peer.train_step(x, next(labels))


class Worker:
    """A child process with a contender's peer. Raises PeerError if the peer cannot be created."""

    def __init__(self, contender: Contender, network: str, weights: Weights, threads: int, seed: int) -> None:
        context = get_context("spawn")
        self._title = contender.title
        self._pipe, child = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(child, contender, network, weights, threads, seed), daemon=True
        )
        self._process.start()
        child.close()
        self._receive()

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method in the child process and return its result. Raises PeerError if it fails or has exited."""
        try:
            self._pipe.send((method, arguments))
        except OSError as error:
            raise PeerError(f"{self._title}: its process has exited") from error
        return self._receive()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join()

    def _receive(self) -> Any:
        try:
            failure, result = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise PeerError(f"{self._title}: its process exited unexpectedly") from error
        if failure is not None:
            raise PeerError(f"{self._title}: {failure}")
        return result


def limit_pools(threads: int) -> None:
    """Limit the thread pools of child processes started from now on; libraries read these variables when loaded."""
    os.environ.update(dict.fromkeys(_POOLS, str(threads)))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _serve(pipe: Connection, contender: Contender, network: str, weights: Weights, threads: int, seed: int) -> None:
    try:
        host = _Host(contender.create(network, weights, threads), input_shape(network), seed)
        pipe.send((None, None))
    except Exception as error:  # report any exception of a framework to the parent
        pipe.send((_one_line(error), None))
        return
    while True:
        try:
            method, arguments = pipe.recv()
        except EOFError:
            return
        try:
            reply = None, getattr(host, method)(*arguments)
        except Exception as error:
            reply = _one_line(error), None
        pipe.send(reply)


def _one_line(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}"
