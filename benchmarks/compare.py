"""Compare the speed of npcnn with other frameworks, using the same network, weights and inputs.

Each framework runs in its own process. The frameworks take turns: while one computes, the others are idle.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks import options
from benchmarks.agreement import check_agreement
from benchmarks.floor import network_flops
from benchmarks.machine import describe
from benchmarks.peers import CONTENDERS, Weights
from benchmarks.peers.worker import PeerError, Worker, limit_pools
from benchmarks.tables import show
from emotion.cli.errors import print_error
from emotion.networks import NETWORKS, build_network, input_shape

TASKS = {"infer": "inference", "train_step": "training"}
_IDLE = 0.2  # seconds to wait until the threads of the previous framework have stopped spinning

Case = tuple[str, int]
"""A task and a batch size."""

Times = dict[Case, dict[str, list[float]]]
"""Microseconds per image of each contender, one value per round."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison, print the table and return the exit status: 0, or 2 if a framework fails."""
    arguments = _parser().parse_args(argv)
    limit_pools(arguments.threads)
    network = build_network(arguments.network, np.random.default_rng(arguments.seed))
    shape = input_shape(arguments.network)
    weights = _with_biases(network.state_dict(), arguments.seed)
    print(describe(arguments.threads, arguments.seed, arguments.packages), flush=True)
    workers = _start(["npcnn", *arguments.peers], weights, arguments)
    try:
        agreeing = check_agreement(workers, shape, arguments.seed)
        times, rate = _take_turns(agreeing, arguments)
    except PeerError as error:
        return print_error(error)
    finally:
        for worker in workers.values():
            worker.close()
    flops = dict(zip(TASKS, network_flops(network, shape), strict=True))
    per_image = ", ".join(f"{TASKS[task]} {number / 1e6:.1f} MFLOP" for task, number in flops.items())
    print(f"per image: {per_image}; sgemm: {rate / 1e9:.0f} GFLOP/s\n\nmicroseconds per image, by batch size")
    table = _result(times, {task: 1e6 * number / rate for task, number in flops.items()})
    if arguments.network == "original":
        show("compare", *table, arguments)
    else:
        show("compare-resnet", *table, arguments)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("benchmarks.compare", __doc__.splitlines()[0], ("tensorflow", "torch", "onnxruntime"))
    parser.add_argument("--network", choices=NETWORKS, default="original", help="the network (default: original)")
    peers = [name for name in CONTENDERS if name != "npcnn"]
    parser.add_argument(
        "--peers", nargs="*", choices=peers, default=peers, help="frameworks to compare with (default: all)"
    )
    parser.add_argument("--batch-sizes", nargs="+", type=options.positive, default=[1, 10, 64, 256], metavar="N")
    parser.add_argument("--rounds", type=options.positive, default=5, help="turns per framework (default: 5)")
    parser.add_argument(
        "--seconds", type=options.positive_seconds, default=0.5, help="duration of a turn (default: 0.5)"
    )
    return parser


def _with_biases(weights: Weights, seed: int) -> Weights:
    """Return the weights with nonzero biases, so that the agreement check covers the biases."""
    rng = np.random.default_rng([seed, 1])
    return {
        name: rng.normal(0, 0.1, w.shape).astype(np.float32) if name.endswith(("/b", "/beta")) else w
        for name, w in weights.items()
    }


def _start(names: list[str], weights: Weights, arguments: argparse.Namespace) -> dict[str, Worker]:
    workers = {}
    for name in names:
        contender = CONTENDERS[name]
        if missing := contender.missing():
            print(f"skipped: {contender.title}: {' and '.join(missing)} not installed", flush=True)
            continue
        try:
            workers[name] = Worker(contender, arguments.network, weights, arguments.threads, arguments.seed)
        except PeerError as error:
            print(f"skipped: {error}", flush=True)
    return workers


def _take_turns(workers: dict[str, Worker], arguments: argparse.Namespace) -> tuple[Times, float]:
    """Measure all times, and the median rate of a large matrix product over the same rounds, in FLOP/s."""
    trainers = [name for name, worker in workers.items() if worker.call("trains")]
    times: Times = {(task, size): {} for task in TASKS for size in arguments.batch_sizes}
    rates = []
    for round_number in range(arguments.rounds):
        print(f"round {round_number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
        time.sleep(_IDLE)
        rates.append(workers["npcnn"].call("sgemm_rate", arguments.seconds))
        for (task, size), row in times.items():
            for name in workers if task == "infer" else trainers:
                time.sleep(_IDLE)
                seconds = workers[name].call("seconds_per_call", task, size, arguments.seconds)
                row.setdefault(name, []).append(1e6 * seconds / size)
    return times, statistics.median(rates)


def _result(times: Times, floor: dict[str, float]) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: one row per framework, then npcnn relative to the best peer and to the floor.

    floor: microseconds per image that the arithmetic takes, by task.
    """
    names = list(dict.fromkeys(name for row in times.values() for name in row))
    medians = {case: {name: statistics.median(turns) for name, turns in row.items()} for case, row in times.items()}
    rows = [
        [CONTENDERS[name].title, *(f"{row[name]:.0f}" if name in row else "-" for row in medians.values())]
        for name in names
    ]
    ratios = ["best peer / npcnn"]
    shares = ["floor / npcnn"]
    for case, row in medians.items():
        peers = [name for name in row if name != "npcnn"]
        best = min(peers, key=row.__getitem__, default=None)
        # One ratio per round, because temporary slowdowns of the machine affect both.
        pairs = zip(times[case][best], times[case]["npcnn"], strict=True) if best else ()
        ratios.append(f"{statistics.median(peer / ours for peer, ours in pairs):.2f}" if best else "-")
        shares.append(f"{floor[case[0]] / row['npcnn']:.0%}")
    header = ["", *(f"{TASKS[task]} {size}" for task, size in times)]
    return header, [*rows, ratios, shares]


if __name__ == "__main__":
    sys.exit(main())
