"""The same network in other frameworks. Each has its own module and, when timed, its own process."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from benchmarks.peers.peer import Peer, Weights


@dataclass(frozen=True)
class Contender:
    """A framework in a particular configuration.

    title: name in tables.
    peer: module and class of the peer.
    variant: further constructor arguments, after network, weights and threads.
    packages: required packages, by import name.
    """

    title: str
    peer: tuple[str, str]
    variant: tuple[str, ...]
    packages: tuple[str, ...]

    def missing(self) -> list[str]:
        """Return the packages that are not installed, without importing any."""
        return [package for package in self.packages if find_spec(package) is None]

    def create(self, network: str, weights: Weights, threads: int) -> Peer:
        """Create the peer in this process."""
        module, name = self.peer
        return getattr(import_module(f"benchmarks.peers.{module}"), name)(network, weights, threads, *self.variant)


_TENSORFLOW = ("tensorflow_peer", "TensorFlowPeer")
_PYTORCH = ("pytorch_peer", "PyTorchPeer")

CONTENDERS = {
    "npcnn": Contender("npcnn", ("npcnn_peer", "NpcnnPeer"), (), ("npcnn",)),
    "tensorflow": Contender("TensorFlow, tf.function", _TENSORFLOW, ("function",), ("tensorflow",)),
    "pytorch": Contender("PyTorch, eager", _PYTORCH, ("eager",), ("torch",)),
    "pytorch-channels-last": Contender("PyTorch, channels_last", _PYTORCH, ("channels_last",), ("torch",)),
    "pytorch-compile": Contender("PyTorch, torch.compile", _PYTORCH, ("compile",), ("torch",)),
    "onnxruntime": Contender("ONNX Runtime", ("onnxruntime_peer", "OnnxRuntimePeer"), (), ("onnxruntime", "onnx")),
}
"""All contenders by their name in options; npcnn is the baseline."""

__all__ = ["CONTENDERS", "Contender", "Peer", "Weights"]
