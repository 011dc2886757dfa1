"""Convolution, alone and with the max-pooling and ELU that follow it."""

from npcnn.kernels.conv2d.operations import (
    conv2d_backward_input,
    conv2d_backward_weights,
    conv2d_forward,
    conv_block_backward,
    conv_block_forward,
)

__all__ = [
    "conv2d_backward_input",
    "conv2d_backward_weights",
    "conv2d_forward",
    "conv_block_backward",
    "conv_block_forward",
]
