"""Every example once an epoch."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import ArrayBatches


@pytest.mark.parametrize(("examples", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 9, [3])])
def test_every_example_comes_once_with_its_own_target(
    examples: int, batch_size: int, sizes: list[int], rng: np.random.Generator
) -> None:
    x = np.arange(examples, dtype=np.float32).reshape(-1, 1)
    batches = ArrayBatches(x, np.arange(examples) * 10, batch_size)
    batch_list = list(batches.epoch(rng))
    assert [len(targets) for _, targets in batch_list] == sizes
    assert len(batches) == len(sizes)
    assert all((xs[:, 0] * 10 == targets).all() for xs, targets in batch_list)
    assert sorted(np.concatenate([targets for _, targets in batch_list])) == list(range(0, examples * 10, 10))
    assert all(xs.flags.c_contiguous for xs, _ in batch_list)


def test_the_order_is_new_each_epoch_and_the_generator_decides_it() -> None:
    batches = ArrayBatches(np.zeros((50, 1)), np.arange(50), 50)
    rng = np.random.default_rng(1)
    first, second = (next(batches.epoch(rng))[1] for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(first, next(batches.epoch(np.random.default_rng(1)))[1])


@pytest.mark.parametrize(("inputs", "targets", "batch_size"), [(3, 3, 0), (3, 4, 2), (0, 0, 2)])
def test_impossible_batches_are_refused(inputs: int, targets: int, batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batches of {batch_size} from {inputs} inputs and {targets} targets"):
        ArrayBatches(np.zeros((inputs, 1)), np.zeros(targets, int), batch_size)
