"""The moving average of log-probabilities, against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.errors import InputError
from emotion.video.smoothing import ProbabilityAverage


def test_smoothing_follows_its_formula() -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.01, 0.5, 20))
    rows = rng.dirichlet(np.ones(8), 20)
    average, tau = ProbabilityAverage(0.4), 0.4
    # written out: the weight of each frame decays with the seconds since then
    for n in range(20):
        gaps = np.diff(times[: n + 1])
        entered = np.append(1.0, 1 - np.exp(-gaps / tau))
        weights = entered * np.exp(-(times[n] - times[: n + 1]) / tau)
        assert weights.sum() == pytest.approx(1.0)
        expected = np.exp(weights @ np.log(rows[: n + 1]))
        np.testing.assert_allclose(average.update(rows[n], times[n]), expected / expected.sum(), rtol=1e-9)


def test_smoothing_does_not_depend_on_the_frame_rate() -> None:
    before, after = np.array([0.9, 0.1]), np.array([0.2, 0.8])
    results = []
    for rate in (5, 50):
        average = ProbabilityAverage(0.3)
        average.update(before, 0.0)
        results.append([average.update(after, (n + 1) / rate) for n in range(rate)][-1])
    np.testing.assert_allclose(*results)


def test_impossible_values() -> None:
    average = ProbabilityAverage(0.0)
    average.update(np.array([1.0, 0.0]), 0.0)
    np.testing.assert_allclose(average.update(np.array([0.25, 0.75]), 0.1), [0.25, 0.75])
    for bad in (-0.1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="time constant"):
            ProbabilityAverage(bad)


def test_certainty_can_be_overcome() -> None:
    average = ProbabilityAverage(0.3)
    for n in range(30):
        average.update(np.array([1.0, 0.0]), n / 30)
    assert average.update(np.array([0.0, 1.0]), 1.5)[1] > 0.5
