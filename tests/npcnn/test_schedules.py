"""Learning rates at steps whose value is known."""

from __future__ import annotations

import pytest

from npcnn import Constant, ExponentialDecay, WarmupCosine


def test_constant() -> None:
    assert {Constant(0.01)(step) for step in (0, 1, 10**6)} == {0.01}


def test_exponential_decay_halves_every_two_thousand_steps() -> None:
    schedule = ExponentialDecay()
    assert [schedule(step) for step in (0, 2000, 4000)] == pytest.approx([1e-3, 5e-4, 2.5e-4], rel=1e-12)
    assert schedule(1000) == pytest.approx(1e-3 / 2**0.5, rel=1e-12)


def test_exponential_decay_by_staircase() -> None:
    schedule = ExponentialDecay(rate=1.0, factor=0.1, steps=10, staircase=True)
    assert [schedule(step) for step in (0, 9, 10, 19, 20)] == pytest.approx([1, 1, 0.1, 0.1, 0.01], rel=1e-12)


def test_warmup_rises_linearly_and_the_cosine_falls_to_the_end() -> None:
    schedule = WarmupCosine(rate=1.0, steps=104, warmup=4, final=0.2)
    assert [schedule(step) for step in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1, 1], rel=1e-12)
    assert [schedule(step) for step in (54, 104, 1000)] == pytest.approx([0.6, 0.2, 0.2], rel=1e-12)
    rates = [schedule(step) for step in range(4, 105)]
    assert rates == sorted(rates, reverse=True)


def test_a_cosine_without_warmup_or_without_steps() -> None:
    assert WarmupCosine(rate=0.5, steps=10)(0) == 0.5
    assert WarmupCosine(rate=0.5, steps=0, final=0.1)(0) in (0.1, 0.5)
    assert WarmupCosine(rate=0.5, steps=3, warmup=3)(3) == 0.5
