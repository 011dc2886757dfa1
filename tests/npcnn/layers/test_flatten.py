"""Flatten layers."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import Flatten, check_gradients


def test_pixels_are_read_in_row_order_and_put_back() -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    layer = Flatten()
    y = layer.forward(x)
    np.testing.assert_array_equal(y, np.arange(24).reshape(2, 12))
    np.testing.assert_array_equal(layer.backward(y), x)


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4, 5), (5,)])
def test_gradients(shape: tuple, rng: np.random.Generator) -> None:
    assert check_gradients(Flatten(), rng.standard_normal(shape))["x"] <= 1e-6


def test_no_images_keep_their_number_of_pixels() -> None:
    assert Flatten().forward(np.zeros((0, 3, 2, 2), np.float32)).shape == (0, 12)
    assert Flatten().output_shape((3, 2, 2)) == (12,)
