"""The exponential moving average of weights."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import EMA


def test_it_starts_at_the_weights_as_a_copy() -> None:
    params = {"w": np.ones((2, 3), np.float32)}
    average = EMA(params)
    params["w"] += 1
    assert (average.arrays["w"] == 1).all()


def test_the_decay_grows_to_its_limit() -> None:
    params = {"w": np.zeros((2, 2)), "b": np.zeros(3)}
    average = EMA(params, decay=0.2)
    expected = 0.0
    for step, w in enumerate([1.0, 2.0, 3.0, 4.0]):
        for array in params.values():
            array[...] = w
        average.update(params)
        decay = min(0.2, (1 + step) / (10 + step))  # 0.1, 0.1818, 0.2, 0.2
        expected = decay * expected + (1 - decay) * w
        for array in average.arrays.values():
            np.testing.assert_allclose(array, expected, rtol=1e-12)
    assert average.steps == 4


def test_integers_are_copied() -> None:
    arrays = {"w": np.zeros(2), "batches": np.zeros((), np.int64)}
    average = EMA(arrays, decay=0.5)
    arrays["batches"] += 7
    average.update(arrays)
    assert average.arrays["batches"] == 7


@pytest.mark.parametrize("decay", [-0.1, 1.0, 2.0])
def test_impossible_decays_are_refused(decay: float) -> None:
    with pytest.raises(ValueError, match=f"decay must be at least 0 and below 1, got {decay}"):
        EMA({}, decay)
