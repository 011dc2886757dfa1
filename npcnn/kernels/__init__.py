"""The operations of ``npcnn.reference`` as compiled kernels, under the same names and with the same arguments.

An operation without a kernel falls back to its reference.
"""

from typing import Any

from npcnn import reference
from npcnn.kernels.adam import adam
from npcnn.kernels.avgpool2d import avgpool2d_backward, avgpool2d_forward
from npcnn.kernels.batchnorm2d import batchnorm2d_backward, batchnorm2d_forward, batchnorm2d_inference
from npcnn.kernels.conv2d.operations import (
    conv2d_backward_input,
    conv2d_backward_weights,
    conv2d_forward,
    conv_block_backward,
    conv_block_forward,
)
from npcnn.kernels.dense import dense_backward_input, dense_backward_weights, dense_forward
from npcnn.kernels.dropout import dropout
from npcnn.kernels.elu import elu_backward, elu_forward
from npcnn.kernels.ema import ema_update
from npcnn.kernels.maxpool2d import maxpool2d_backward, maxpool2d_forward
from npcnn.kernels.relu import relu_backward, relu_forward
from npcnn.kernels.softmax_cross_entropy import (
    softmax,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)
from npcnn.kernels.sum_of_squares import sum_of_squares

__all__ = [
    "adam",
    "avgpool2d_backward",
    "avgpool2d_forward",
    "batchnorm2d_backward",
    "batchnorm2d_forward",
    "batchnorm2d_inference",
    "conv2d_backward_input",
    "conv2d_backward_weights",
    "conv2d_forward",
    "conv_block_backward",
    "conv_block_forward",
    "dense_backward_input",
    "dense_backward_weights",
    "dense_forward",
    "dropout",
    "elu_backward",
    "elu_forward",
    "ema_update",
    "maxpool2d_backward",
    "maxpool2d_forward",
    "relu_backward",
    "relu_forward",
    "softmax",
    "softmax_cross_entropy_backward",
    "softmax_cross_entropy_forward",
    "sum_of_squares",
]


def __getattr__(name: str) -> Any:
    return getattr(reference, name)
