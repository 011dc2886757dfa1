"""The emotion network: two residual blocks followed by two dense layers."""

from __future__ import annotations

import numpy as np

from npcnn import ELU, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Residual, Sequential, as_generator

INPUT_SHAPE = (1, 64, 64)
"""Channels, height and width of one face."""

EXPLAINED_LAYER = 2
"""The layer whose output explains an answer: the second residual block, with 4x4 positions."""


def build_network(rng: np.random.Generator | int | None = None) -> Sequential:
    """Build the emotion network with random weights.

    It has 1,085,976 parameters and maps faces (N, 1, 64, 64) to logits (N, 8). ``rng`` initialises the weights and
    later draws the dropout masks. Each pooling comes before its ELU instead of after it: ELU is increasing, so
    ``maxpool(elu(x)) == elu(maxpool(x))`` exactly, with a quarter of the exponentials.
    """
    rng = as_generator(rng)
    block_1 = Residual(
        body=Sequential(
            Conv2D(1, 16, 2, rng=rng), MaxPool2D(2), ELU(),
            Conv2D(16, 16, 2, rng=rng), MaxPool2D(2), ELU(),
        ),
        shortcut=Sequential(Conv2D(1, 16, 4, stride=4, rng=rng), ELU()),
    )  # fmt: skip
    block_2 = Residual(
        body=Sequential(
            Conv2D(16, 32, 2, rng=rng), MaxPool2D(2), ELU(),
            Conv2D(32, 64, 2, rng=rng), MaxPool2D(2), ELU(),
        ),
        shortcut=Sequential(Conv2D(16, 64, 4, stride=4, rng=rng), ELU()),
    )  # fmt: skip
    return Sequential(
        block_1, Dropout(0.3, rng),
        block_2, Dropout(0.5, rng),
        Flatten(),
        Dense(1024, 1024, rng), ELU(), Dropout(0.5, rng),
        Dense(1024, 8, rng),
    )  # fmt: skip
