"""The softmax kernels on logits whose exponential would overflow."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn import kernels


@pytest.mark.parametrize("scale", [1, 100, 1e4, 1e30])
def test_rows_are_probabilities_however_large_the_logits(scale: float, rng: np.random.Generator) -> None:
    logits = (scale * rng.standard_normal((20, 8))).astype(np.float32)
    targets, weights = np.eye(8, dtype=np.float32)[rng.integers(0, 8, 20)], np.full(20, 0.05, np.float32)
    loss, p = kernels.softmax_cross_entropy_forward(logits, targets, weights)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(p, kernels.softmax(logits), atol=1e-6)
    assert np.isfinite(loss)
    assert loss > 0
    dlogits = kernels.softmax_cross_entropy_backward(p, targets, weights)
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-7)


def test_a_nan_logit_makes_its_row_and_the_loss_nan() -> None:
    logits = np.zeros((3, 4))
    logits[1, 2] = np.nan
    loss, p = kernels.softmax_cross_entropy_forward(logits, np.eye(4)[:3], np.ones(3))
    assert np.isnan(loss)
    assert (
        np.isnan(p).any(axis=1).tolist()
        == np.isnan(kernels.softmax(logits)).any(axis=1).tolist()
        == [False, True, False]
    )


def test_an_infinite_logit_gives_nan() -> None:
    loss, p = kernels.softmax_cross_entropy_forward(np.array([[np.inf, 0.0]]), np.array([[1.0, 0.0]]), np.ones(1))
    assert np.isnan(loss)
    assert np.isnan(p).any()
