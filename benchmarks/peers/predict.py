"""Predict one picture with another framework: ``python -m benchmarks.peers.predict PEER PICTURE WEIGHTS``.

Does the same as ``scripts/predict.py``, with the same cascade and crops, but with a peer's network.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import processors
from benchmarks.peers import Contender, Peer
from emotion.recognizer import EmotionRecognizer
from npcnn.layers.layer import Layer

EAGER = {
    "pytorch": Contender("PyTorch", ("pytorch_peer", "PyTorchPeer"), ("eager",), ("torch",)),
    "tensorflow": Contender("TensorFlow", ("tensorflow_peer", "TensorFlowPeer"), ("eager",), ("tensorflow",)),
}
"""Configurations without compilation or tracing, which do not pay off for one picture."""


class _PeerNetwork(Layer):
    """A peer as a network that `EmotionRecognizer` can use."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self._peer = peer

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        return self._peer.infer(self._peer.native(x))


def main(name: str, picture: str, weights: str) -> None:
    """Print the emotion of each face in a picture."""
    with np.load(weights, allow_pickle=False) as arrays:
        parameters = {key: array for key, array in arrays.items() if key != "metadata"}
    peer = EAGER[name].create("original", parameters, processors())
    recognizer = EmotionRecognizer(_PeerNetwork(peer), compiled=False)
    for face in recognizer.recognize(picture):
        print(f"{face.emotion} {face.confidence:.1%} at {face.box}")


if __name__ == "__main__":
    main(*sys.argv[1:])
