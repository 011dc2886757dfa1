"""The same network in other frameworks, each in a file of its own and, when timed, in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from benchmarks.peers.peer import Peer, Weights


@dataclass(frozen=True)
class Contender:
    """A framework in one of the ways it can be used.

    peer: module and class of the peer; variant: what its constructor takes after weights and threads; packages: what
    must be installed for it, by the name it is imported under.
    """

    title: str
    peer: tuple[str, str]
    variant: tuple[str, ...]
    packages: tuple[str, ...]

    def missing(self) -> list[str]:
        """The packages that are not installed; looks for them without importing them."""
        return [package for package in self.packages if find_spec(package) is None]

    def create(self, weights: Weights, threads: int) -> Peer:
        """The peer, in this process."""
        module, name = self.peer
        return getattr(import_module(f"benchmarks.peers.{module}"), name)(weights, threads, *self.variant)


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
"""By the name that options use; npcnn is what the others are compared with."""

__all__ = ["CONTENDERS", "Contender", "Peer", "Weights"]
