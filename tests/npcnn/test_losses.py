"""Softmax cross-entropy: known losses, gradients for each kind of target, invalid arguments."""

from __future__ import annotations

import math

import numpy as np
import pytest

import npcnn
from npcnn import SoftmaxCrossEntropy, check_loss_gradients


def test_equal_logits_cost_the_logarithm_of_the_number_of_classes() -> None:
    loss = SoftmaxCrossEntropy()
    assert loss.forward(np.zeros((5, 8), np.float32), np.arange(5)) == pytest.approx(math.log(8), rel=1e-6)
    dlogits = loss.backward()
    np.testing.assert_allclose(dlogits, (1 / 8 - np.eye(8)[:5]) / 5, atol=1e-7)


def test_class_labels_are_one_hot_distributions(rng: np.random.Generator) -> None:
    logits, labels = rng.standard_normal((6, 4), np.float32), rng.integers(0, 4, 6)
    hard, soft = SoftmaxCrossEntropy(0.1), SoftmaxCrossEntropy(0.1)
    assert hard.forward(logits, labels) == pytest.approx(soft.forward(logits, np.eye(4)[labels]), rel=1e-6)
    np.testing.assert_allclose(hard.backward(), soft.backward(), atol=1e-7)


def test_label_smoothing_by_hand() -> None:
    logits = np.log([[1.0, 3.0]])
    smoothed = SoftmaxCrossEntropy(label_smoothing=0.2)
    expected = -0.9 * math.log(0.75) - 0.1 * math.log(0.25)
    assert smoothed.forward(logits, np.array([1])) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(smoothed.backward(), [[0.25 - 0.1, 0.75 - 0.9]], atol=1e-12)


def test_weights_make_a_weighted_mean(rng: np.random.Generator) -> None:
    logits, labels = rng.standard_normal((3, 4)), np.array([0, 3, 1])
    single = [SoftmaxCrossEntropy().forward(logits[n : n + 1], labels[n : n + 1]) for n in range(3)]
    weighted = SoftmaxCrossEntropy()
    assert weighted.forward(logits, labels, np.array([1, 0, 3])) == pytest.approx(
        (single[0] + 3 * single[2]) / 4, rel=1e-12
    )
    assert not weighted.backward()[1].any()
    assert SoftmaxCrossEntropy().forward(logits, labels, np.full(3, 7)) == pytest.approx(np.mean(single), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_ten_thousand_are_no_trouble(dtype: type) -> None:
    logits = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 0]], dtype)
    loss = SoftmaxCrossEntropy()
    assert loss.forward(logits, np.array([0, 1])) == 0
    assert loss.forward(logits, np.array([1, 0])) == pytest.approx(2e4, rel=1e-6)
    dlogits = loss.backward()
    assert dlogits.dtype == dtype
    np.testing.assert_allclose(dlogits, [[0.5, -0.5, 0], [-0.5, 0.5, 0]], atol=1e-7)


def test_softmax_rows_sum_to_one(rng: np.random.Generator) -> None:
    p = npcnn.softmax(1e4 * rng.standard_normal((50, 8)).astype(np.float32))
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("targets", ["hard", "soft", "unnormalised"])
def test_gradients(targets: str, smoothing: float, weighted: bool, rng: np.random.Generator) -> None:
    logits = 2 * rng.standard_normal((5, 4))
    shares = rng.random((5, 4))
    chosen = {
        "hard": rng.integers(0, 4, 5),
        "soft": shares / shares.sum(axis=1, keepdims=True),
        "unnormalised": shares,
    }[targets]
    weights = rng.random(5) if weighted else None
    assert check_loss_gradients(SoftmaxCrossEntropy(smoothing), logits, chosen, weights) <= 1e-6


def test_backward_needs_a_forward_pass() -> None:
    with pytest.raises(RuntimeError, match="needs a forward pass first"):
        SoftmaxCrossEntropy().backward()


@pytest.mark.parametrize(
    "logits", [np.zeros(12), np.zeros((4, 0)), np.zeros((4, 3), int), np.zeros((4, 3), np.float16)]
)
def test_logits_that_are_no_rows_of_floats_are_refused(logits: np.ndarray) -> None:
    for operation in (npcnn.softmax, lambda logits: SoftmaxCrossEntropy().forward(logits, np.zeros(len(logits), int))):
        with pytest.raises(ValueError, match=r"logits must be \(N, K\), float32 or float64; got"):
            operation(logits)


def test_at_least_one_example_is_needed() -> None:
    with pytest.raises(ValueError, match="needs at least one example"):
        SoftmaxCrossEntropy().forward(np.zeros((0, 3)), np.zeros(0, int))


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        ((4, 3), np.array([0, 1, 2]), r"for logits \(4, 3\); got \(3,\)"),
        ((4, 3), np.zeros((4, 2)), r"for logits \(4, 3\); got \(4, 2\)"),
        ((1, 3), np.array([[0, -0.1, 1.1]]), "must be finite and at least 0"),
        ((1, 3), np.array([[0, np.nan, 1]]), "must be finite and at least 0"),
        ((1, 3), np.array([[0, np.inf, 1]]), "must be finite and at least 0"),
        ((2, 3), np.array([0, 3]), "from 0 to 2"),
        ((2, 3), np.array([-1, 0]), "from 0 to 2"),
        ((2, 3), np.array([0.0, 1.0]), "must be integers"),
    ],
)
def test_targets_that_do_not_fit_are_refused(logits: tuple, targets: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SoftmaxCrossEntropy().forward(np.zeros(logits, np.float32), targets)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [-1.0, 3.0]])
def test_weights_must_not_be_negative_and_have_a_sum(weights: list[float]) -> None:
    with pytest.raises(
        ValueError, match=r"weights must have shape \(2,\), be at least 0 and have a finite sum above 0"
    ):
        SoftmaxCrossEntropy().forward(np.zeros((2, 3)), np.array([0, 1]), np.array(weights))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_impossible_smoothing_is_refused(smoothing: float) -> None:
    with pytest.raises(ValueError, match=f"label_smoothing must be at least 0 and below 1, got {smoothing}"):
        SoftmaxCrossEntropy(smoothing)
