"""The residual network: a stem, four stages of residual blocks with batch normalisation, and one dense layer."""

from __future__ import annotations

import numpy as np

from npcnn import (
    ELU,
    BatchNorm2D,
    Conv2D,
    Dense,
    Dropout,
    GlobalAvgPool2D,
    Residual,
    Sequential,
    as_generator,
    he_normal,
)

INPUT_SHAPE = (1, 48, 48)
"""Channels, height and width of one face."""

STAGES = ((32, 2), (64, 2), (128, 2), (192, 1))
"""Channels and number of blocks of each stage; each stage but the first halves height and width."""

EXPLAINED_LAYER = 7
"""The layer whose output explains an answer: the first block of the third stage, with 6x6 positions."""


def build_network(rng: np.random.Generator | int | None = None) -> Sequential:
    """Build the residual network with random weights.

    It has 1,274,984 parameters and maps faces (N, 1, 48, 48) to logits (N, 8). ``rng`` initialises the weights and
    later draws the dropout masks. Source: He et al., arXiv:1512.03385, with ELU in place of ReLU.
    """
    rng = as_generator(rng)
    channels = STAGES[0][0]
    layers = [_convolution(1, channels, 3, 2, rng), BatchNorm2D(channels), ELU()]
    for index, (width, blocks) in enumerate(STAGES):
        for block in range(blocks):
            stride = 2 if index > 0 and block == 0 else 1
            layers.append(_block(channels, width, stride, rng))
            channels = width
    return Sequential(*layers, GlobalAvgPool2D(), Dropout(0.4, rng), Dense(channels, 8, rng))


def _block(channels: int, width: int, stride: int, rng: np.random.Generator) -> Residual:
    """Two convolutions of 3x3, and a shortcut of 1x1 where the shape changes."""
    body = Sequential(
        _convolution(channels, width, 3, stride, rng), BatchNorm2D(width), ELU(),
        _convolution(width, width, 3, 1, rng), BatchNorm2D(width),
    )  # fmt: skip
    shortcut = None
    if (channels, stride) != (width, 1):
        shortcut = Sequential(_convolution(channels, width, 1, stride, rng), BatchNorm2D(width))
    return Residual(body, shortcut, ELU())


def _convolution(
    in_channels: int, out_channels: int, kernel_size: int, stride: int, rng: np.random.Generator
) -> Conv2D:
    """A convolution without bias: the batch normalisation after it has one."""
    return Conv2D(in_channels, out_channels, kernel_size, stride, rng=rng, initializer=he_normal, bias=False)
