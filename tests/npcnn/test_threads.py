"""The pool of threads: every task done once, whoever does it, and errors passed on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

import npcnn
from npcnn import kernels
from npcnn.modes import inference, keeps_for_backward
from npcnn.threads import share, share_calls


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("tasks", [0, 1, 2, 5, 100])
def test_every_task_is_done_exactly_once(threads: int, tasks: int, set_threads: Callable) -> None:
    set_threads(threads)
    done = np.zeros(tasks, int)

    def task(first: int, last: int, counts: np.ndarray) -> None:
        counts[first:last] += 1

    share(task, tasks, done, work=1)
    assert (done == 1).all()


def test_shares_run_in_as_many_threads_as_set(set_threads: Callable) -> None:
    set_threads(3)
    together = threading.Barrier(3, timeout=30)  # broken unless three threads meet here
    share(lambda first, last: together.wait(), 9, work=1)
    assert npcnn.thread_count() == 3


def test_little_work_stays_with_the_caller() -> None:
    callers: list[int] = []
    share(lambda first, last: callers.append(threading.get_ident()), 100, work=1000)
    assert callers == [threading.get_ident()]


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_any_share_is_raised(failing: int, set_threads: Callable) -> None:
    set_threads(2)

    def task(first: int, last: int) -> None:
        if first == failing:
            raise ArithmeticError(first)

    with pytest.raises(ArithmeticError):
        share(task, 2, work=1)


@pytest.mark.parametrize("threads", [0, -2])
def test_fewer_than_one_thread_is_refused(threads: int, set_threads: Callable) -> None:
    before = npcnn.thread_count()
    with pytest.raises(ValueError, match=f"must be at least 1, got {threads}"):
        set_threads(threads)
    assert npcnn.thread_count() == before


def test_results_do_not_depend_on_the_number_of_threads(set_threads: Callable, rng: np.random.Generator) -> None:
    x, w = rng.standard_normal((17, 3, 20, 20), np.float32), rng.standard_normal((6, 3, 3, 3), np.float32)
    rows, matrix = rng.standard_normal((17, 300), np.float32), rng.standard_normal((300, 500), np.float32)
    many = rng.standard_normal(300_000, np.float32)
    geometry = ((1, 1), (1, 1, 1, 1))

    def compute() -> list[np.ndarray]:
        y = kernels.conv2d_forward(x, w, w[:, 0, 0, 0].copy(), *geometry)
        dw, db = kernels.conv2d_backward_weights(y, x, (3, 3), *geometry)
        pooled, argmax = kernels.maxpool2d_forward(y, (2, 2), (2, 2))
        z = kernels.dense_forward(rows, matrix, matrix[0])
        return [
            y,
            dw,
            db,
            kernels.conv2d_backward_input(y, w, (20, 20), *geometry),
            kernels.maxpool2d_backward(pooled, argmax, (20, 20), (2, 2), (2, 2)),
            kernels.elu_forward(many, 1.0),
            kernels.elu_backward(many, many, 1.0),
            z,
            kernels.dense_backward_input(z, matrix),
            *kernels.dense_backward_weights(z, rows),
            np.array(kernels.sum_of_squares(many)),
        ]

    set_threads(1)
    alone = compute()
    for threads in (2, 3, 5):
        set_threads(threads)
        for one, several in zip(alone, compute(), strict=True):
            np.testing.assert_array_equal(one, several)


def test_several_callers_can_share_the_pool(set_threads: Callable, rng: np.random.Generator) -> None:
    set_threads(2)
    x = rng.standard_normal(300_000, np.float32)
    expected = kernels.elu_forward(x, 1.0)
    results: list[np.ndarray] = []
    callers = [threading.Thread(target=lambda: results.append(kernels.elu_forward(x, 1.0))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_array_equal(result, expected)


def test_calls_keep_their_context_and_share_nothing_themselves(set_threads: Callable) -> None:
    set_threads(2)
    seen: list[tuple[int, int, bool, int]] = []

    def call(first: int, last: int) -> None:
        inner: list[int] = []
        share(lambda start, stop: inner.append(stop - start), 6, work=1)
        seen.append((first, last, keeps_for_backward(), len(inner)))

    with inference():
        share_calls(call, 5)
    assert sorted(seen) == [(0, 2, False, 1), (2, 5, False, 1)]


def test_a_single_call_may_share_what_it_computes(set_threads: Callable) -> None:
    set_threads(2)
    inner: list[int] = []
    share_calls(lambda first, last: share(lambda start, stop: inner.append(stop - start), 6, work=1), 1)
    assert inner == [3, 3]


def test_a_prediction_is_the_same_in_any_number_of_threads(
    set_threads: Callable, build_small_network: Callable, rng: np.random.Generator
) -> None:
    network, x = build_small_network(0), rng.standard_normal((50, 2, 8, 8), np.float32)
    results = []
    for threads in (1, 2, 4):
        set_threads(threads)
        results.append(network.predict(x, batch_size=8))
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])
