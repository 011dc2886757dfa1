"""Knowledge distillation: targets mixed with the answers of teachers."""

import numpy as np
import pytest

from emotion.networks import build_network, input_shape
from emotion.training.distillation import DistillationBatches
from npcnn import no_grad, softmax
from npcnn.training.data import ArrayBatches

SHAPE = input_shape("resnet")


@pytest.fixture(scope="module")
def teachers():
    return [build_network("resnet", seed) for seed in (1, 2)]


def answers(teachers, x):
    with no_grad():
        return np.mean([softmax(teacher.forward(x)) for teacher in teachers], axis=0)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_targets_are_mixed_with_the_mean_answer(teachers, share):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((10, *SHAPE)).astype(np.float32)
    given = rng.dirichlet(np.ones(8), 10).astype(np.float32)
    batches = DistillationBatches(ArrayBatches(x, given, 4), teachers, SHAPE, share)
    assert len(batches) == 3
    seen = 0
    for inputs, targets in batches.epoch(np.random.default_rng(5)):
        chosen = [int((x == each).all(axis=(1, 2, 3)).argmax()) for each in inputs]
        expected = (1 - share) * given[chosen] + share * answers(teachers, inputs)
        np.testing.assert_allclose(targets, expected, atol=1e-5)
        assert targets.dtype == np.float32
        seen += len(inputs)
    assert seen == 10


def test_batches_before_are_ended_with_the_epoch(teachers):
    ended = []

    class Source:
        def epoch(self, rng):
            try:
                while True:
                    yield np.zeros((1, *SHAPE), np.float32), np.full((1, 8), 1 / 8, np.float32)
            finally:
                ended.append(True)

    epoch = DistillationBatches(Source(), teachers, SHAPE, 0.5).epoch(np.random.default_rng(0))
    next(epoch)
    epoch.close()
    assert ended == [True]
