"""Show where the time of a training step goes: each operation, at the network's shapes, timed inside real steps."""

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

_WARM_UP = 3  # steps, the first of which may compile

Costs = dict[Operation, list[Cost]]
"""What each operation cost, step by step."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print the table; returns the exit status, 0."""
    parser = options.parser("benchmarks.layers", __doc__.splitlines()[0])
    parser.add_argument("--batch-size", type=options.positive, default=64, metavar="N", help="images (default: 64)")
    parser.add_argument("--steps", type=options.positive, default=30, metavar="N", help="steps (default: 30)")
    arguments = parser.parse_args(argv)
    print(describe(arguments.threads, arguments.seed))
    rng = np.random.default_rng(arguments.seed)
    peer = NpcnnPeer(build_network(rng).params, arguments.threads)
    x = rng.standard_normal((arguments.batch_size, *INPUT_SHAPE), np.float32)
    labels = rng.integers(0, 8, (_WARM_UP + 2 * arguments.steps, arguments.batch_size))
    for row in labels[:_WARM_UP]:
        peer.train_step(x, row)
    whole, costs = [], {}
    for plain, recorded in labels[_WARM_UP:].reshape(arguments.steps, 2, -1):
        started = time.perf_counter()
        peer.train_step(x, plain)  # timed without recording, which takes time itself
        whole.append(time.perf_counter() - started)
        with recording() as step:
            peer.train_step(x, recorded)
        for operation, cost in step.items():
            costs.setdefault(operation, []).append(cost)
    print(f"\none training step of {arguments.batch_size} images, median of {arguments.steps}")
    show("layers", *_result(costs, statistics.median(whole), arguments.batch_size), arguments)
    return 0


def _result(costs: Costs, whole: float, batch_size: int) -> tuple[list[str], list[list[str]]]:
    """Header and rows, the slowest operation first; ``whole`` is the duration of a step in seconds."""
    seconds = {operation: statistics.median(cost.seconds for cost in steps) for operation, steps in costs.items()}
    rows = []
    for (name, shapes), duration in sorted(seconds.items(), key=lambda item: -item[1]):
        cost = costs[name, shapes][0]
        arithmetic = f"{cost.flops / duration / 1e9:.1f}" if cost.flops else "-"
        traffic = f"{cost.traffic / duration / 1e9:.1f}"
        rows.append([name, shapes, *_time(duration, whole, batch_size), arithmetic, traffic])
    rest = whole - sum(seconds.values())
    rows.append(["everything between the operations", "", *_time(rest, whole, batch_size), "-", "-"])
    rows.append(["the step", "", *_time(whole, whole, batch_size), "-", "-"])
    return ["operation", "shape", "us an image", "share", "GFLOP/s", "GB/s"], rows


def _time(seconds: float, whole: float, batch_size: int) -> tuple[str, str]:
    return f"{1e6 * seconds / batch_size:.2f}", f"{seconds / whole:.1%}"


if __name__ == "__main__":
    sys.exit(main())
