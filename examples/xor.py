"""Learns XOR, the smallest problem that one neuron alone cannot solve.

Run it from the folder of the repository: ``python examples/xor.py``. It uses the plain NumPy backend, so that it starts
at once.
"""

from __future__ import annotations

import numpy as np

import npcnn


def main() -> None:
    """Train a network of two dense layers on the four rows of the truth table, and print its answers."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    labels = np.array([0, 1, 1, 0])

    rng = np.random.default_rng(0)
    network = npcnn.Sequential(npcnn.Dense(2, 8, rng=rng), npcnn.ELU(), npcnn.Dense(8, 2, rng=rng))
    optimizer = npcnn.Adam(network.params, learning_rate=0.05)
    loss = npcnn.SoftmaxCrossEntropy()

    for step in range(1, 201):
        value = loss.forward(network.forward(x, training=True), labels)
        network.backward(loss.backward())
        optimizer.step(network.grads)
        if step in (1, 10, 50, 100, 200):
            print(f"step {step:3d}: loss {value:.4f}")

    probabilities = npcnn.softmax(npcnn.predict(network, x))
    for (a, b), row in zip(x.astype(int), probabilities, strict=True):
        print(f"{a} xor {b} = {row.argmax()} ({row.max():.1%} sure)")


if __name__ == "__main__":
    with npcnn.use_backend("reference"):
        main()
