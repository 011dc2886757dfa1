"""The estimate of the time of a training."""

import time

import numpy as np
import pytest

from emotion.training import estimate
from emotion.training.estimate import format_duration, seconds_per_epoch
from npcnn import Adam, ArrayBatches, Dense, Sequential, Trainer, use_backend


class SlowBatches(ArrayBatches):
    """Batches of which each takes a while."""

    def epoch(self, rng):
        for batch in super().epoch(rng):
            time.sleep(0.005)
            yield batch


def test_a_few_batches_stand_for_all(monkeypatch):
    x, labels = np.zeros((1000, 4), np.float32), np.zeros(1000, int)
    network = Sequential(Dense(4, 2, 0))
    trainer = Trainer(network, Adam(network.params), rng=0, validation=(x, labels))
    monkeypatch.setattr(estimate, "predict", lambda network, x: time.sleep(0.01))
    with use_backend("reference"):
        seconds = seconds_per_epoch(trainer, SlowBatches(x, labels, 5), 2)
    assert trainer.optimizer.steps < 20
    assert 200 * 0.005 + 0.01 * 1000 / 256 < seconds < 20
    assert seconds_per_epoch(trainer, SlowBatches(x, labels, 250), 24) is None


def test_short_epochs_are_measured_in_several():
    x, labels = np.zeros((15, 4), np.float32), np.zeros(15, int)
    network = Sequential(Dense(4, 2, 0))
    trainer = Trainer(network, Adam(network.params), rng=0)
    with use_backend("reference"):
        assert 3 * 0.005 < seconds_per_epoch(trainer, SlowBatches(x, labels, 5), 40) < 20
    assert trainer.optimizer.steps == 12


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (100, "2 min"), (5300, "88 min"), (12000, "3 h 20 min")]
)
def test_durations(seconds, text):
    assert format_duration(seconds) == text
