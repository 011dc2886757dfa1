"""Memory is handed out again, but never while anything still refers to it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from npcnn.runtime import buffers
from npcnn.runtime.buffers import empty

SHAPE = (300, 257)  # a size that nothing else in the tests has


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint16])
@pytest.mark.parametrize("shape", [(0, 4), (), (3,), (2, 3, 4, 5), (100, 1001)])
def test_arrays_are_ordinary_ones(shape: tuple, dtype: type) -> None:
    array = empty(shape, dtype)
    assert (array.shape, array.dtype) == (shape, dtype)
    assert array.flags.c_contiguous
    assert array.flags.writeable
    array[...] = 7
    assert (array == 7).all()


@pytest.mark.parametrize(
    "hold",
    [lambda a: a, lambda a: a[3:5, ::7], lambda a: a.reshape(-1)[5:], lambda a: a.T, memoryview],
    ids=["array", "slice", "reshaped", "transposed", "memoryview"],
)
def test_what_is_still_held_is_never_written_over(hold: Callable) -> None:
    array = empty(SHAPE, np.float32)
    array[...] = np.arange(SHAPE[1])
    held = hold(array)
    expected = np.array(held)
    del array
    others = [empty(SHAPE, np.float32) for _ in range(5)]
    for other in others:
        other[...] = -1
    np.testing.assert_array_equal(np.asarray(held), expected)
    assert len({address(other) for other in others}) == 5


def test_memory_is_used_again_once_nothing_refers_to_it() -> None:
    first = empty(SHAPE, np.float32)
    place = address(first)
    del first
    places = []
    for _ in range(10):
        array = empty(SHAPE, np.float32)
        places.append(address(array))
        del array
    assert place in places
    assert len(set(places)) <= 6  # no more than other tests may have left free


def test_threads_never_get_the_same_memory() -> None:
    clashes = []

    def work(number: int) -> None:
        for _ in range(200):
            array = empty(SHAPE, np.float32)
            array[...] = number
            if not (array == number).all():
                clashes.append(number)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert clashes == []


def test_the_pool_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    size = empty(SHAPE, np.float32).nbytes
    monkeypatch.setattr(buffers, "_MAX_POOL_SIZE", 3 * size)
    held = [empty(SHAPE, np.float32) for _ in range(10)]
    held += [empty((4, *SHAPE), np.float32)]  # larger than the whole pool
    pooled = sum(buffer.nbytes for group in buffers._buffers.values() for buffer in group)
    assert 0 < pooled < 3.1 * size  # each buffer has a cache line to spare
    assert len({address(array) for array in held}) == 11
