"""The output of a network for any number of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import backend, no_grad
from npcnn.layers.layer import Layer, Shape

if TYPE_CHECKING:
    from npcnn.inference.engine import Engine


def compile_network(network: Layer, input_shape: Shape) -> Engine:
    """The network compiled for images of ``input_shape`` (C, H, W): ``compile_network(network, shape).predict(x)``.

    The parameters are copied, so later changes to the network need another call. Raises ValueError if the first
    layers do not accept such images.
    """
    from npcnn.inference.engine import Engine  # imports the compiler

    return Engine(network, input_shape)


def predict(network: Layer, x: NDArray, batch_size: int = 256) -> NDArray:
    """The network's output (N, ...) for x (N, ...), by compiled inference; nothing is kept for a backward pass.

    At most ``batch_size`` inputs are in memory between two layers. To predict repeatedly with the same weights, use
    ``compile_network``. Inside ``use_backend("reference")`` the layers run eagerly.
    """
    if backend() == "kernels":
        return compile_network(network, x.shape[1:]).predict(x, batch_size)
    with no_grad():
        parts = [network.forward(x[i : i + batch_size]) for i in range(0, max(len(x), 1), batch_size)]
    return np.concatenate(parts)
