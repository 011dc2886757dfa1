"""A small convolutional-network library, written from scratch in NumPy and Numba, to be read as much as used.

Where to start reading: ``reference.py`` defines every operation in a few lines of NumPy; ``layers/`` has a layer a
file, with its formula, and ``layers/containers.py`` puts layers together; ``training/trainer.py`` is the loop.
``kernels/`` has the same operations compiled. ``docs/tour`` explains all of it in ten chapters.

Notation, here and everywhere: N images, C channels, H height, W width; OC output channels; KH, KW kernel size; SH, SW
stride; OH, OW output size; K classes. ``dy`` is the gradient that comes in, ``dx``, ``dw`` and ``db`` go out. Arrays
are float32 (float64 in gradient checks), C-contiguous, images (N, C, H, W); convolution weights (OC, C, KH, KW), dense
weights (inputs, outputs).
"""

from npcnn.activation_map import class_activation_map
from npcnn.backend import no_grad, use_backend
from npcnn.gradient_check import GradientError, check_gradients, check_loss_gradients
from npcnn.inference.predict import compile_network, predict
from npcnn.layers import (
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
)
from npcnn.layers.containers import Residual, Sequential
from npcnn.layers.conv_block import no_fusion
from npcnn.layers.initializers import glorot_uniform, he_normal
from npcnn.layers.rng import as_generator
from npcnn.layers.summary import parameter_count, summary
from npcnn.losses import SoftmaxCrossEntropy, softmax
from npcnn.optimizers import EMA, Adam
from npcnn.runtime.threads import set_thread_count, thread_count
from npcnn.schedules import Constant, ExponentialDecay, WarmupCosine
from npcnn.serialization import WeightsError, load_weights, save_weights
from npcnn.training.data import ArrayBatches, Batches
from npcnn.training.history import Epoch
from npcnn.training.trainer import DivergenceError, Trainer

__all__ = [
    "ELU",
    "EMA",
    "Adam",
    "ArrayBatches",
    "AvgPool2D",
    "BatchNorm2D",
    "Batches",
    "Constant",
    "Conv2D",
    "Dense",
    "DivergenceError",
    "Dropout",
    "Epoch",
    "ExponentialDecay",
    "Flatten",
    "GlobalAvgPool2D",
    "GradientError",
    "Layer",
    "MaxPool2D",
    "ReLU",
    "Residual",
    "Sequential",
    "SoftmaxCrossEntropy",
    "Trainer",
    "WarmupCosine",
    "WeightsError",
    "as_generator",
    "check_gradients",
    "check_loss_gradients",
    "class_activation_map",
    "compile_network",
    "glorot_uniform",
    "he_normal",
    "load_weights",
    "no_fusion",
    "no_grad",
    "parameter_count",
    "predict",
    "save_weights",
    "set_thread_count",
    "softmax",
    "summary",
    "thread_count",
    "use_backend",
]
