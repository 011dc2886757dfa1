"""Batch normalisation: each channel is brought to mean 0 and variance 1, then scaled and shifted as learned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.layer import Layer, Shape


class BatchNorm2D(Layer):
    """``y = gamma x^ + beta`` with ``x^ = (x - mean) / sqrt(variance + epsilon)``, channel by channel.

    x and y (N, C, H, W); gamma and beta (C,). In training, mean and variance are those of the batch over N, H and W,
    and the buffers follow them: ``running = (1 - momentum) running + momentum batch``, with the unbiased variance.
    Otherwise the buffers are used. Backward: ``dgamma = sum dy x^``, ``dbeta = sum dy`` and, after a forward pass in
    training over M values a channel, ``dx = gamma / sqrt(variance + epsilon) (dy - dbeta / M - x^ dgamma / M)``, else
    ``dx = gamma / sqrt(variance + epsilon) dy``. Source: Ioffe and Szegedy, arXiv:1502.03167.
    """

    def __init__(self, channels: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__()
        if channels < 1 or not 0 <= momentum <= 1 or epsilon <= 0:
            raise ValueError("BatchNorm2D: channels >= 1, 0 <= momentum <= 1 and epsilon > 0 are needed")
        self.channels, self.momentum, self.epsilon = channels, momentum, epsilon
        self.params = {"gamma": np.ones(channels, np.float32), "beta": np.zeros(channels, np.float32)}
        self.buffers = {"running_mean": np.zeros(channels, np.float32), "running_var": np.ones(channels, np.float32)}

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y (N, C, H, W). Raises ValueError in training if there is only one value a channel, as it has no variance."""
        gamma, beta = self.params["gamma"], self.params["beta"]
        self._check(x, ("N", self.channels, "H", "W"), gamma.dtype)
        if not training:
            mean, variance = self.buffers["running_mean"], self.buffers["running_var"]
            self._keep((x, mean.copy(), 1 / np.sqrt(variance + x.dtype.type(self.epsilon)), False))
            return operations().batchnorm2d_inference(x, gamma, beta, mean, variance, self.epsilon)
        count = x.size // self.channels
        if count < 2:
            raise ValueError(
                "BatchNorm2D needs at least two values a channel in training; use larger batches or images"
            )
        y, mean, inverse_std = operations().batchnorm2d_forward(x, gamma, beta, self.epsilon)
        variance = (1 / inverse_std**2 - x.dtype.type(self.epsilon)) * (count / (count - 1))
        for name, batch in (("running_mean", mean), ("running_var", variance)):
            running = self.buffers[name]
            running += self.momentum * (batch - running)
        self._keep((x, mean, inverse_std, True))
        return y

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx (N, C, H, W) of dy (N, C, H, W)."""
        x, mean, inverse_std, batch_statistics = self._recall()
        self._check(dy, x.shape, x.dtype)
        dx, dgamma, dbeta = operations().batchnorm2d_backward(
            dy, x, self.params["gamma"], mean, inverse_std, batch_statistics
        )
        self.grads = {"gamma": dgamma, "beta": dbeta}
        return dx if self.needs_input_gradient else None

    def output_shape(self, input_shape: Shape) -> Shape:
        """(C, H, W) as it is."""
        if len(input_shape) != 3 or input_shape[0] != self.channels:
            raise ValueError(f"BatchNorm2D expected an image of shape ({self.channels}, H, W), got {input_shape}")
        return input_shape
