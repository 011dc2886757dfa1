"""Check that the frameworks compute the same function before they are timed: compare logits and weight gradients."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import CONTENDERS
from benchmarks.peers.worker import PeerError, Worker

TOLERANCE = 1e-3
"""Maximum relative error: the norm of the difference divided by the norm of npcnn's result."""

_BATCH_SIZE = 10


def check_agreement(workers: dict[str, Worker], shape: tuple[int, int, int], seed: int) -> dict[str, Worker]:
    """Return npcnn and the peers whose logits and gradients (without dropout) match; print why others are skipped."""
    rng = np.random.default_rng([seed, 2])
    x = rng.standard_normal((_BATCH_SIZE, *shape), np.float32)
    labels = rng.integers(0, 8, _BATCH_SIZE)
    expected = _results(workers["npcnn"], x, labels)
    agreeing = {}
    for name, worker in workers.items():
        try:
            errors = {key: _error(actual, expected[key]) for key, actual in _results(worker, x, labels).items()}
        except PeerError as error:
            print(f"skipped: {error}", flush=True)
            continue
        title = CONTENDERS[name].title
        worst = max(errors, key=errors.__getitem__)
        if errors[worst] <= TOLERANCE:
            agreeing[name] = worker
            print(f"{title}: agrees, relative error at most {errors[worst]:.0e}", file=sys.stderr)
        else:
            print(f"skipped: {title}: its {worst} differ from npcnn's by {errors[worst]:.1e}", flush=True)
    return agreeing


def _results(worker: Worker, x: NDArray, labels: NDArray) -> dict[str, NDArray]:
    results = {"logits": worker.call("infer", x)}
    if worker.call("trains"):
        results |= {f"gradients of {name}": dw for name, dw in worker.call("gradients", x, labels).items()}
    return results


def _error(actual: NDArray, expected: NDArray) -> float:
    if actual.shape != expected.shape or not np.isfinite(actual).all():
        return float("inf")
    return float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))
