"""Profile a training step: time each operation, at the network's shapes, inside real steps."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks import options
from benchmarks.machine import describe
from benchmarks.peers.npcnn_peer import NpcnnPeer
from benchmarks.recorder import Cost, Operation, recording
from benchmarks.tables import show
from emotion.networks.original import INPUT_SHAPE, build_network

_WARM_UP = 3  # steps; the first may compile kernels

Costs = dict[Operation, list[Cost]]
"""The cost of each operation in each step."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print the table and return the exit status, 0."""
    parser = options.parser("benchmarks.layers", __doc__.splitlines()[0])
    parser.add_argument("--batch-size", type=options.positive, default=64, metavar="N", help="batch size (default: 64)")
    parser.add_argument("--steps", type=options.positive, default=30, metavar="N", help="number of steps (default: 30)")
    arguments = parser.parse_args(argv)
    print(describe(arguments.threads, arguments.seed))
    rng = np.random.default_rng(arguments.seed)
    peer = NpcnnPeer("original", build_network(rng).params, arguments.threads)
    x = rng.standard_normal((arguments.batch_size, *INPUT_SHAPE), np.float32)
    labels = rng.integers(0, 8, (_WARM_UP + 2 * arguments.steps, arguments.batch_size))
    for row in labels[:_WARM_UP]:
        peer.train_step(x, row)
    durations, costs = [], {}
    for plain, recorded in labels[_WARM_UP:].reshape(arguments.steps, 2, -1):
        started = time.perf_counter()
        peer.train_step(x, plain)  # timed without recording, which adds overhead
        durations.append(time.perf_counter() - started)
        with recording() as step:
            peer.train_step(x, recorded)
        for operation, cost in step.items():
            costs.setdefault(operation, []).append(cost)
    print(f"\none training step of {arguments.batch_size} images, median of {arguments.steps}")
    show("layers", *_result(costs, statistics.median(durations), arguments.batch_size), arguments)
    return 0


def _result(costs: Costs, step_seconds: float, batch_size: int) -> tuple[list[str], list[list[str]]]:
    """Return header and rows, the slowest operation first; ``step_seconds`` is the duration of a training step."""
    seconds = {operation: statistics.median(cost.seconds for cost in steps) for operation, steps in costs.items()}
    rows = []
    for (name, shapes), duration in sorted(seconds.items(), key=lambda item: -item[1]):
        cost = costs[name, shapes][0]
        arithmetic = f"{cost.flops / duration / 1e9:.1f}" if cost.flops else "-"
        traffic = f"{cost.traffic / duration / 1e9:.1f}"
        rows.append([name, shapes, *_time(duration, step_seconds, batch_size), arithmetic, traffic])
    overhead = step_seconds - sum(seconds.values())
    rows.append(["overhead between operations", "", *_time(overhead, step_seconds, batch_size), "-", "-"])
    rows.append(["training step", "", *_time(step_seconds, step_seconds, batch_size), "-", "-"])
    return ["operation", "shape", "us per image", "share", "GFLOP/s", "GB/s"], rows


def _time(seconds: float, step_seconds: float, batch_size: int) -> tuple[str, str]:
    return f"{1e6 * seconds / batch_size:.2f}", f"{seconds / step_seconds:.1%}"


if __name__ == "__main__":
    sys.exit(main())
