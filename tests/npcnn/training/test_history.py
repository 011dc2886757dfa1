"""What is read from the history of a training."""

from __future__ import annotations

import math

import pytest

from npcnn import Epoch
from npcnn.training.history import best_epoch


@pytest.mark.parametrize(
    ("losses", "best"),
    [([3.0, 1.0, 2.0, 1.0], 2), ([math.nan, 5.0], 2), ([math.nan], None), ([None], None), ([], None)],
)
def test_the_best_epoch_is_the_first_with_the_least_validation_loss(losses: list, best: int | None) -> None:
    found = best_epoch([Epoch(number, 1, 1, 1, 1, loss) for number, loss in enumerate(losses, 1)])
    assert (found and found.epoch) == best
