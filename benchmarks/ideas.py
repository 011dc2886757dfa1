"""Measure the speed-up of each optimisation in `docs/performance.md`: the same job with and without it, in turn."""

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
from npcnn import ELU, Conv2D, MaxPool2D, Sequential, kernels, no_fusion, no_grad, predict, set_thread_count
from npcnn.kernels import conv2d, dense
from npcnn.runtime.compile import inlined
from npcnn.runtime.tasks import next_tasks
from npcnn.runtime.threads import launch

_ROUNDS = 200
_IMAGES = 64

Job = Callable[[], object]


@inlined
def _compute_tasks(call, values):
    for task in next_tasks(call):
        for _ in range(10_000):
            values[task] = values[task] * np.float32(0.5) + np.float32(1)


@inlined
def _compute_range(first, last, values):
    for task in range(first, last):
        for _ in range(10_000):
            values[task] = values[task] * np.float32(0.5) + np.float32(1)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print the table and return the exit status, 0."""
    arguments = options.parser("benchmarks.ideas", __doc__.splitlines()[0]).parse_args(argv)
    set_thread_count(arguments.threads)
    print(describe(arguments.threads, arguments.seed))
    rng = np.random.default_rng(arguments.seed)
    optimisations = [
        _fused(rng, backward=False),
        _fused(rng, backward=True),
        _dense_gradient(rng),
        _sequential_access(rng),
        _elu(rng),
        _workers(arguments.threads),
        _compiled_network(rng, 1),
        _compiled_network(rng, _IMAGES),
    ]
    rows = []
    for title, without, with_it in optimisations:
        slow, fast = _in_turn(without, with_it)
        rows.append([title, f"{slow:.1f}", f"{fast:.1f}", f"{slow / fast:.1f}"])
    print(f"\nmicroseconds, median of {_ROUNDS} turns")
    show("ideas", ["optimisation", "without", "with", "ratio"], rows, arguments)
    return 0


def _in_turn(*jobs: Job) -> list[float]:
    """Return the median duration of each job, in microseconds."""
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
    network, unfused = Sequential(*layers), Sequential(*layers)
    x = rng.standard_normal((_IMAGES, 16, 32, 32), np.float32)
    dy = rng.standard_normal((_IMAGES, 16, 16, 16), np.float32)

    def forward_unfused() -> None:
        with no_fusion():
            unfused.forward(x, training=True)

    forward_unfused()
    network.forward(x, training=True)
    title = f"fused convolution, pooling and ELU, {'backward' if backward else 'forward'}, {_IMAGES} images"
    if backward:
        return title, lambda: unfused.backward(dy), lambda: network.backward(dy)
    return title, forward_unfused, lambda: network.forward(x, training=True)


def _dense_gradient(rng: np.random.Generator) -> tuple[str, Job, Job]:
    network = Sequential(Conv2D(1, 16, 2, rng=rng), MaxPool2D(2), ELU())
    network.skip_input_gradient()
    y = network.forward(rng.standard_normal((_IMAGES, *INPUT_SHAPE), np.float32))
    dy = rng.standard_normal(y.shape, np.float32)
    sparse = _with_constant(conv2d.operations, "_SPARSE_COST", 0, lambda: network.backward(dy))
    return f"dense gradient of the first convolution, {_IMAGES} images", sparse, lambda: network.backward(dy)


def _sequential_access(rng: np.random.Generator) -> tuple[str, Job, Job]:
    x, w = rng.standard_normal((10, 1024), np.float32), rng.standard_normal((1024, 1024), np.float32)
    b = np.zeros(1024, np.float32)
    packed = _with_constant(dense, "_SMALL_BATCH", 1, lambda: kernels.dense_forward(x, w, b))
    return "dense weights read sequentially, 10 images", packed, lambda: kernels.dense_forward(x, w, b)


def _with_constant(module: ModuleType, name: str, value: object, job: Job) -> Job:
    """Return a job that runs with another value of a module's constant."""

    def changed() -> None:
        original = getattr(module, name)
        setattr(module, name, value)
        try:
            job()
        finally:
            setattr(module, name, original)

    return changed


def _elu(rng: np.random.Generator) -> tuple[str, Job, Job]:
    x = rng.standard_normal(1 << 16, np.float32)

    def numpy_elu() -> None:
        np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    return "vectorised exponential, 65,536 elements", numpy_elu, lambda: kernels.elu_forward(x, 1.0)


def _workers(threads: int) -> tuple[str, Job, Job]:
    values, pool = np.ones(8, np.float32), ThreadPoolExecutor(max(threads - 1, 1))

    def executor() -> None:
        other = pool.submit(_compute_range, 4, 8, values)
        _compute_range(0, 4, values)
        other.result()

    return "spinning workers, a call of eight tasks", executor, lambda: launch(_compute_tasks, 8, values, work=1e9)


def _compiled_network(rng: np.random.Generator, images: int) -> tuple[str, Job, Job]:
    network, x = build_network(rng), rng.standard_normal((images, *INPUT_SHAPE), np.float32)

    def layer_by_layer() -> None:
        with no_grad():
            network.forward(x)

    return f"the network as one call, {images} image{'s' * (images > 1)}", layer_by_layer, lambda: predict(network, x)


if __name__ == "__main__":
    sys.exit(main())
