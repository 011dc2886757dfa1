"""One layer a file: its shapes, its maths, its parameters. Loops live in the operations, not here."""

from npcnn.layers.avgpool2d import AvgPool2D, GlobalAvgPool2D
from npcnn.layers.batchnorm2d import BatchNorm2D
from npcnn.layers.conv2d import Conv2D
from npcnn.layers.dense import Dense
from npcnn.layers.dropout import Dropout
from npcnn.layers.elu import ELU
from npcnn.layers.flatten import Flatten
from npcnn.layers.layer import Layer
from npcnn.layers.maxpool2d import MaxPool2D
from npcnn.layers.relu import ReLU

__all__ = [
    "ELU",
    "AvgPool2D",
    "BatchNorm2D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2D",
    "Layer",
    "MaxPool2D",
    "ReLU",
]
