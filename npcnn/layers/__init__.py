"""One layer a file: its shapes, its maths, its parameters. Loops live in the operations, not here."""

from npcnn.layers.conv2d import Conv2D
from npcnn.layers.dense import Dense
from npcnn.layers.dropout import Dropout
from npcnn.layers.elu import ELU
from npcnn.layers.flatten import Flatten
from npcnn.layers.layer import Layer
from npcnn.layers.maxpool2d import MaxPool2D

__all__ = ["ELU", "Conv2D", "Dense", "Dropout", "Flatten", "Layer", "MaxPool2D"]
