"""Dropout: zeros random elements in training, so that no unit can rely on a single other one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import operations
from npcnn.layers.layer import Layer
from npcnn.layers.rng import Seed, as_generator


class Dropout(Layer):
    """In training ``y = x * mask / (1 - rate)``, with mask 0 with probability ``rate``, else 1; otherwise ``y = x``.

    The division keeps the mean of y ("inverted" dropout), so that inference needs no correction. Backward uses the same
    mask: ``dx = dy * mask / (1 - rate)``. Arrays of any shape; the rate is rounded to a multiple of 1/65536.
    ``rng`` is a seed or a generator. Source: Srivastava et al., JMLR 15:1929 (2014).
    """

    def __init__(self, rate: float, rng: Seed = None) -> None:
        super().__init__()
        if not 0 <= rate < 1 or round(rate * 65536) == 65536:
            raise ValueError(f"Dropout: rate must be at least 0 and, rounded to 1/65536, below 1, got {rate}")
        self.rate = rate
        self.rng = as_generator(rng)

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y, of the shape of x; uses ``rng`` only in training."""
        self._check(x, x.shape)
        if not training or self.rate == 0:
            self._keep((None, x.shape))
            return x
        bits = self.rng.integers(0, 2**64, -(-x.size // 4), np.uint64)  # four 16-bit integers each
        random = bits.view(np.uint16)[: x.size].reshape(x.shape)
        self._keep((random, x.shape))
        return operations().dropout(x, random, self.rate)

    def backward(self, dy: NDArray) -> NDArray:
        """dx, of the shape of dy."""
        random, shape = self._recall()
        self._check(dy, shape)
        return dy if random is None else operations().dropout(dy, random, self.rate)
