"""A layer of your own: Swish with a slope that is learned, its gradient check, and its use in a network.

Run it from the folder of the repository: ``python examples/own_layer.py``. A layer needs only ``forward`` and
``backward``. Training, checkpoints, gradient checks and prediction then work without another line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import npcnn


class Swish(npcnn.Layer):
    """``y = x s`` with ``s = 1 / (1 + e^(-beta x))``, for arrays of any shape; beta (1,) is learned.

    With ``ds = s (1 - s)``: ``dx = dy (s + beta x ds)`` and ``dbeta = sum dy x^2 ds``.
    Source: Ramachandran et al., arXiv:1710.05941.
    """

    def __init__(self) -> None:
        super().__init__()
        self.params = {"beta": np.ones(1, np.float32)}

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """y, of the shape of x."""
        s = 1 / (1 + np.exp(-self.params["beta"] * x))
        self._keep((x, s))
        return x * s

    def backward(self, dy: NDArray) -> NDArray:
        """dx, of the shape of dy."""
        x, s = self._recall()
        beta, ds = self.params["beta"], s * (1 - s)
        self.grads = {"beta": (dy * x * x * ds).sum().reshape(1)}
        return dy * (s + beta * x * ds)


def main() -> None:
    """Check the gradients, then learn which points lie inside a circle."""
    rng = np.random.default_rng(0)
    errors = npcnn.check_gradients(Swish(), rng.standard_normal((4, 5)))
    print("largest relative error of each gradient:", {name: f"{error:.0e}" for name, error in errors.items()})

    x = rng.uniform(-1, 1, (400, 2)).astype(np.float32)
    labels = (np.hypot(*x.T) < 0.7).astype(int)
    network = npcnn.Sequential(npcnn.Dense(2, 16, rng=rng), Swish(), npcnn.Dense(16, 2, rng=rng))
    trainer = npcnn.Trainer(network, npcnn.Adam(network.params, learning_rate=0.02), rng=rng)
    with npcnn.use_backend("reference"):  # plain NumPy is fast enough here, and starts at once
        history = trainer.fit(npcnn.ArrayBatches(x, labels, batch_size=32), epochs=40)
    print(f"accuracy {history[-1].accuracy:.1%}, beta {network[1].params['beta'][0]:.2f}")


if __name__ == "__main__":
    main()
