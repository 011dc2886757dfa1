"""The pool of threads: each task runs once, in whichever thread, and no thread waits for one that does not come."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

import npcnn
from npcnn import kernels, predict
from npcnn.runtime.compile import inlined
from npcnn.runtime.tasks import atomic_add, next_tasks, next_tasks_in_order, thread_index, wait_for_tasks
from npcnn.runtime.threads import launch


@inlined
def count(call, counts):
    for task in next_tasks(call):
        counts[task] += 1


@inlined
def add_pairs(call, values):
    for task in next_tasks_in_order(call):
        wait_for_tasks(call, task - task % 2)
        values[task + 2] = values[task - task % 2] + values[task - task % 2 + 1]


@inlined
def fail_in_order(call, failing):
    for task in next_tasks_in_order(call):
        wait_for_tasks(call, task - task % 2)
        if task == failing:
            raise ValueError("this task fails")


@inlined
def wait_for_others(arrived, threads, limit):
    """Whether so many threads arrive here before this one has looked ``limit`` times."""
    atomic_add(arrived, 0, 1)
    looks = 0
    while arrived[0] < threads and looks < limit:
        looks += 1
        atomic_add(arrived, 1, 1)
    return arrived[0] == threads


@inlined
def meet(call, arrived, indices, limit):
    for task in next_tasks(call):
        if wait_for_others(arrived, len(indices), limit):
            indices[task] = thread_index(call)


@inlined
def fail(call, arrived, failing):
    for _ in next_tasks(call):
        if wait_for_others(arrived, 2, 10**9) and thread_index(call) == failing:
            raise ValueError("this task fails")


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("tasks", [0, 1, 2, 5, 100])
def test_every_task_is_done_exactly_once(threads: int, tasks: int, set_threads: Callable) -> None:
    set_threads(threads)
    done = np.zeros(tasks, int)
    for _ in range(200):
        launch(count, tasks, done, work=math.inf)
    assert (done == 200).all()


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_tasks_in_order_can_wait_for_those_before_them(threads: int, set_threads: Callable) -> None:
    set_threads(threads)
    for _ in range(200):
        values = np.zeros(42, np.int64)
        values[0] = 1
        launch(add_pairs, 40, values, work=math.inf)
        assert values[:2].tolist() == [1, 0]
        np.testing.assert_array_equal(values[2:], 2 ** (np.arange(40) // 2))


def test_as_many_threads_as_set_take_part_each_with_its_index(set_threads: Callable) -> None:
    set_threads(3)
    indices = np.full(3, -1)  # each task waits for the two others
    launch(meet, 3, np.zeros(2, np.int64), indices, 10**9, work=math.inf)
    assert sorted(indices) == [0, 1, 2]
    assert npcnn.thread_count() == 3


def test_little_work_stays_with_the_caller(set_threads: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npcnn.runtime.threads, "_MIN_PARALLEL_WORK", 1000)
    set_threads(2)
    indices = np.full(2, -1)
    launch(meet, 2, np.zeros(2, np.int64), indices, 10**6, work=999)
    assert indices[0] == -1  # nobody came while the first task waited for the second
    launch(meet, 2, np.zeros(2, np.int64), indices, 10**9, work=1000)
    assert sorted(indices) == [0, 1]


def test_an_error_before_the_first_task_is_raised_and_the_pool_lives_on(set_threads: Callable) -> None:
    set_threads(2)
    with pytest.raises(TypeError):
        launch(count, 100, work=math.inf)  # without counts
    assert _all_tasks_done()


@pytest.mark.parametrize("failing", [0, 1], ids=["caller", "worker"])
def test_an_error_in_a_task_is_raised_in_the_caller_and_the_pool_lives_on(set_threads: Callable, failing: int) -> None:
    set_threads(2)
    with pytest.raises(ValueError, match="this task fails"):
        launch(fail, 2, np.zeros(2, np.int64), failing, work=math.inf)
    assert _all_tasks_done()


@pytest.mark.parametrize("failing", [0, 1, 58, 99])
def test_an_error_leaves_no_task_waiting_for_those_before_it(set_threads: Callable, failing: int) -> None:
    set_threads(3)
    for _ in range(50):
        with pytest.raises(ValueError, match="this task fails"):
            launch(fail_in_order, 100, failing, work=math.inf)
    assert _all_tasks_done()


def _all_tasks_done() -> bool:
    done = np.zeros(100, int)
    launch(count, 100, done, work=math.inf)
    return bool((done == 1).all())


def test_callers_that_begin_together_start_one_pool(set_threads: Callable) -> None:
    set_threads(2)
    set_threads(3)  # stops the workers, if there are any
    begin, done = threading.Barrier(4), np.zeros((4, 100), int)

    def begin_and_launch(row: np.ndarray) -> None:
        begin.wait()
        launch(count, 100, row, work=math.inf)

    callers = [threading.Thread(target=begin_and_launch, args=(row,)) for row in done]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert (done == 1).all()
    assert sum(thread.name == "npcnn" for thread in threading.enumerate()) == 2


def test_idle_workers_keep_no_arrays_alive(set_threads: Callable) -> None:
    set_threads(3)
    done = np.zeros(100, int)
    before = sys.getrefcount(done)
    for _ in range(20):
        launch(count, 100, done, work=math.inf)
    waited = 0
    while sys.getrefcount(done) > before and waited < 1000:
        time.sleep(0.01)
        waited += 1
    assert sys.getrefcount(done) == before


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


def test_a_prediction_is_the_same_in_any_number_of_threads(
    set_threads: Callable, build_small_network: Callable, rng: np.random.Generator
) -> None:
    network, x = build_small_network(0), rng.standard_normal((50, 2, 8, 8), np.float32)
    results = []
    for threads in (1, 2, 4):
        set_threads(threads)
        results.append(predict(network, x, batch_size=8))
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])
