"""What layers do, in words: the figures are right."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.inspection.sentences import long_name, sentence, short_name
from emotion.inspection.tracing import trace
from npcnn import (
    ELU,
    AvgPool2D,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Layer,
    MaxPool2D,
    ReLU,
    Residual,
)

X = np.array([[[[-1, -2, 3, 4], [5, -6, 7, 8], [1, 1, 1, 1], [2, 2, 2, 2]]]], np.float32)

CASES = [
    (Conv2D(1, 3, (2, 3), rng=0), "conv 2x3", "3 filters of 2x3 pixels slide over the one channel. "),
    (Conv2D(1, 3, 2, stride=2, rng=0), "conv 2x2", "over the one channel, 2 pixels at a time. "),
    (BatchNorm2D(1), "batch norm", "are 3.2 to 3.2 before"),
    (ELU(0.5), "ELU", "towards -0.5 "),
    (ELU(), "ELU", "19% of the values were negative"),
    (ReLU(), "ReLU", "19% of the values were negative"),
    (MaxPool2D(2), "max-pool 2x2", "4 of 16 values"),
    (AvgPool2D((1, 4)), "average-pool 1x4", "window of 1x4 values"),
    (GlobalAvgPool2D(), "global average", "1 channels of 4x4 values"),
    (Dropout(0.3, 0), "dropout", "the remaining ones are divided by 0.7,"),
    (Flatten(), "flatten", "The 1x4x4 values are written as one row of 16."),
    (Residual(Dropout(0, 0)), "Residual", "change 3.7, input 3.7"),
    (Residual(ReLU(), Dropout(0, 0)), "Residual", "body 3.4, shortcut 3.7"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "name", "words"), CASES)
def test_sentences_have_the_figures_of_the_face(layer: Layer, name: str, words: str) -> None:
    step = trace(layer, X)[-1]
    assert words in sentence(step)
    assert short_name(layer) == name
    assert long_name(layer)


def test_dense_layer() -> None:
    (step,) = trace(Dense(16, 1000, 0), X.reshape(1, 16))
    assert "the 1,000 outputs is a weighted sum of all 16 inputs" in sentence(step)
    assert short_name(step.layer) == "dense"


def test_other_layers_have_their_name_and_no_sentence() -> None:
    class Squared(ReLU):
        pass

    (step,) = trace(Squared(), X)
    assert (sentence(step), short_name(step.layer), long_name(step.layer)) == ("", "Squared", "Squared")
