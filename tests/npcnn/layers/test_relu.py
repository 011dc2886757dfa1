"""ReLU layers."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from npcnn import ReLU, check_gradients


@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4, 5)])
def test_gradients(shape: tuple, rng: np.random.Generator) -> None:
    assert check_gradients(ReLU(), rng.standard_normal(shape))["x"] <= 1e-6


def test_known_values(operations: ModuleType) -> None:
    x = np.array([-1, 0, 2, -np.inf, np.inf, np.nan], np.float32)
    y = operations.relu_forward(x)
    np.testing.assert_array_equal(y, [0, 0, 2, 0, np.inf, np.nan])
    np.testing.assert_array_equal(operations.relu_backward(np.full(6, 3, np.float32), y)[:5], [0, 0, 3, 0, 3])
