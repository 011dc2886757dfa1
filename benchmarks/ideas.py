"""Measure what each idea of `docs/performance.md` gains: the same job with and without it, in turn."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np

from benchmarks import options
from benchmarks.machine import describe
from benchmarks.tables import show
from emotion.networks.original import INPUT_SHAPE, build_network
from npcnn import ELU, Conv2D, MaxPool2D, Sequential, compile_network, kernels, no_fusion, no_grad, set_thread_count
from npcnn.kernels import conv2d, dense
from npcnn.runtime.compile import inlined
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import launch

_ROUNDS = 200
_IMAGES = 64

Job = Callable[[], object]


@inlined
def _wait(call, numbers):
    for task in next_tasks(call):
        for _ in range(10_000):
            numbers[task] = numbers[task] * np.float32(0.5) + np.float32(1)


@inlined
def _wait_for_share(first, last, numbers):
    for task in range(first, last):
        for _ in range(10_000):
            numbers[task] = numbers[task] * np.float32(0.5) + np.float32(1)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print the table; returns the exit status, 0."""
    arguments = options.parser("benchmarks.ideas", __doc__.splitlines()[0]).parse_args(argv)
    set_thread_count(arguments.threads)
    print(describe(arguments.threads, arguments.seed))
    rng = np.random.default_rng(arguments.seed)
    ideas = [
        _fused(rng, backward=False),
        _fused(rng, backward=True),
        _by_place(rng),
        _long_runs(rng),
        _elu(rng),
        _workers(arguments.threads),
        _program(rng, 1),
        _program(rng, _IMAGES),
    ]
    rows = []
    for idea, without, with_it in ideas:
        slow, fast = _in_turn(without, with_it)
        rows.append([idea, f"{slow:.1f}", f"{fast:.1f}", f"{slow / fast:.1f}"])
    print(f"\nmicroseconds, median of {_ROUNDS} turns")
    show("ideas", ["idea", "without", "with", "ratio"], rows, arguments)
    return 0


def _in_turn(*jobs: Job) -> list[float]:
    """Median microseconds of each."""
    durations: list[list[float]] = [[] for _ in jobs]
    for job in jobs:
        job()  # may compile
    for _ in range(_ROUNDS):
        for job, seconds in zip(jobs, durations, strict=True):
            started = time.perf_counter()
            job()
            seconds.append(time.perf_counter() - started)
    return [1e6 * statistics.median(seconds) for seconds in durations]


def _fused(rng: np.random.Generator, backward: bool) -> tuple[str, Job, Job]:
    layers = Conv2D(16, 16, 2, rng=rng), MaxPool2D(2), ELU()
    network, apart = Sequential(*layers), Sequential(*layers)
    x = rng.standard_normal((_IMAGES, 16, 32, 32), np.float32)
    dy = rng.standard_normal((_IMAGES, 16, 16, 16), np.float32)

    def forward_apart() -> None:
        with no_fusion():
            apart.forward(x, training=True)

    forward_apart()
    network.forward(x, training=True)
    title = f"convolution, pooling and ELU as one, {'backward' if backward else 'forward'}, {_IMAGES} images"
    if backward:
        return title, lambda: apart.backward(dy), lambda: network.backward(dy)
    return title, forward_apart, lambda: network.forward(x, training=True)


def _by_place(rng: np.random.Generator) -> tuple[str, Job, Job]:
    network = Sequential(Conv2D(1, 16, 2, rng=rng), MaxPool2D(2), ELU())
    network.skip_input_gradient()
    y = network.forward(rng.standard_normal((_IMAGES, *INPUT_SHAPE), np.float32))
    dy = rng.standard_normal(y.shape, np.float32)
    at_maxima = _changed(conv2d, "_WORTH_ZEROS", 0, lambda: network.backward(dy))
    return f"the first convolution place by place, backward, {_IMAGES} images", at_maxima, lambda: network.backward(dy)


def _long_runs(rng: np.random.Generator) -> tuple[str, Job, Job]:
    x, w = rng.standard_normal((10, 1024), np.float32), rng.standard_normal((1024, 1024), np.float32)
    b = np.zeros(1024, np.float32)
    packed = _changed(dense, "_SMALL_BATCH", 1, lambda: kernels.dense_forward(x, w, b))
    return "dense weights read sequentially, 10 images", packed, lambda: kernels.dense_forward(x, w, b)


def _changed(module: ModuleType, name: str, value: object, job: Job) -> Job:
    """The job with another value of a constant."""

    def changed() -> None:
        usual = getattr(module, name)
        setattr(module, name, value)
        try:
            job()
        finally:
            setattr(module, name, usual)

    return changed


def _elu(rng: np.random.Generator) -> tuple[str, Job, Job]:
    x = rng.standard_normal(1 << 16, np.float32)

    def numpy_elu() -> None:
        np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    return "ELU by a series, 65,536 numbers", numpy_elu, lambda: kernels.elu_forward(x, 1.0)


def _workers(threads: int) -> tuple[str, Job, Job]:
    numbers, pool = np.ones(8, np.float32), ThreadPoolExecutor(max(threads - 1, 1))

    def executor() -> None:
        other = pool.submit(_wait_for_share, 4, 8, numbers)
        _wait_for_share(0, 4, numbers)
        other.result()

    return "helpers that stay awake, a call of eight tasks", executor, lambda: launch(_wait, 8, numbers, work=1e9)


def _program(rng: np.random.Generator, images: int) -> tuple[str, Job, Job]:
    network, x = build_network(rng), rng.standard_normal((images, *INPUT_SHAPE), np.float32)
    compiled = compile_network(network, INPUT_SHAPE)

    def layer_by_layer() -> None:
        with no_grad():
            network.forward(x)

    return f"the network as one call, {images} image{'s' * (images > 1)}", layer_by_layer, lambda: compiled.predict(x)


if __name__ == "__main__":
    sys.exit(main())
