"""The operations of ``npcnn.reference`` as compiled loops: the same names and arguments, and the speed."""

from npcnn.kernels.adam import adam
from npcnn.kernels.conv2d import (
    conv2d_backward_input,
    conv2d_backward_weights,
    conv2d_block_backward,
    conv2d_block_forward,
    conv2d_forward,
)
from npcnn.kernels.dense import dense_backward_input, dense_backward_weights, dense_forward
from npcnn.kernels.dropout import dropout
from npcnn.kernels.elu import elu_backward, elu_forward
from npcnn.kernels.maxpool2d import maxpool2d_backward, maxpool2d_forward
from npcnn.kernels.moving_average import moving_average
from npcnn.kernels.softmax_cross_entropy import (
    softmax,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)
from npcnn.kernels.sum_of_squares import sum_of_squares

__all__ = [
    "adam",
    "conv2d_backward_input",
    "conv2d_backward_weights",
    "conv2d_block_backward",
    "conv2d_block_forward",
    "conv2d_forward",
    "dense_backward_input",
    "dense_backward_weights",
    "dense_forward",
    "dropout",
    "elu_backward",
    "elu_forward",
    "maxpool2d_backward",
    "maxpool2d_forward",
    "moving_average",
    "softmax",
    "softmax_cross_entropy_backward",
    "softmax_cross_entropy_forward",
    "sum_of_squares",
]
