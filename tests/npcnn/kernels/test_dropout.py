"""The dropout kernel with every possible random integer."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.3])
def test_the_dropped_fraction_is_exactly_the_rate(rate: float) -> None:
    every_random_number = np.arange(65536, dtype=np.uint16)
    y = kernels.dropout(np.ones(65536), every_random_number, rate)
    dropped = round(rate * 65536)
    assert not y[:dropped].any()
    np.testing.assert_allclose(y[dropped:], 1 / (1 - rate))


def test_kept_nan_and_infinity_stay_visible_and_dropped_ones_are_zero() -> None:
    x = np.array([np.nan, np.inf, np.nan, np.inf], np.float32)
    random = np.array([60000, 60000, 0, 0], np.uint16)
    np.testing.assert_array_equal(kernels.dropout(x, random, 0.5), [np.nan, np.inf, 0, 0])
