"""Transposing copies against NumPy, at sizes that fill whole squares of vectors and at those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.kernels.simd.transpose import transpose


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 40), (3, 5), (16, 16), (33, 50), (48, 7), (7, 32)])
def test_rows_become_columns_and_nothing_else_is_touched(
    rows: int, columns: int, dtype: type, rng: np.random.Generator
) -> None:
    source, target = rng.standard_normal((rows, columns + 2)).astype(dtype), np.full((columns, rows + 3), 7, dtype)
    transpose(source.reshape(-1), 1, columns + 2, rows, columns, target.reshape(-1), 2, rows + 3)
    np.testing.assert_array_equal(target[:, 2:-1], source[:, 1:-1].T)
    assert (target[:, :2] == 7).all()
    assert (target[:, -1] == 7).all()


def test_a_single_row_may_stay_a_row() -> None:
    source, target = np.arange(50, dtype=np.float32), np.zeros(60, np.float32)
    transpose(source, 3, 50, 1, 40, target, 5, 1)
    np.testing.assert_array_equal(target[5:45], source[3:43])
    assert not target[:5].any()
    assert not target[45:].any()
