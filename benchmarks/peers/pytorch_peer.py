"""The network in PyTorch: eager, with the channels-last memory format, or compiled by ``torch.compile``."""

from __future__ import annotations

from functools import cached_property

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.peers.peer import Weights


def _block(p: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    y = x
    for layer in ("0", "3"):
        # "same" padding of a 2x2 kernel: one column on the right and one row at the bottom
        padded = F.pad(y, (0, 1, 0, 1))
        y = F.conv2d(padded, p[f"{name}/body/{layer}/w"], p[f"{name}/body/{layer}/b"])
        y = F.elu(F.max_pool2d(y, 2))
    return y + F.elu(F.conv2d(x, p[f"{name}/shortcut/0/w"], p[f"{name}/shortcut/0/b"], stride=4))


def _forward(p: dict[str, Tensor], x: Tensor, training: bool) -> Tensor:
    x = F.dropout(_block(p, "0", x), 0.3, training)
    x = F.dropout(_block(p, "2", x), 0.5, training)
    x = F.elu(torch.addmm(p["5/b"], x.flatten(1), p["5/w"]))
    return torch.addmm(p["8/b"], F.dropout(x, 0.5, training), p["8/w"])


def _loss(p: dict[str, Tensor], x: Tensor, labels: Tensor, training: bool) -> Tensor:
    return F.cross_entropy(_forward(p, x, training), labels)


class PyTorchPeer:
    """PyTorch with fused Adam; parameters keep npcnn's names and layouts.

    variant: ``eager``, ``channels_last`` or ``compile``.
    """

    trains = True

    def __init__(self, weights: Weights, threads: int, variant: str) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self._format = torch.channels_last if variant == "channels_last" else torch.contiguous_format
        self._p = {name: self.native(w).clone().requires_grad_() for name, w in weights.items()}
        self._forward, self._loss = _forward, _loss
        if variant == "compile":
            self._forward = torch.compile(_forward, dynamic=False)
            self._loss = torch.compile(_loss, dynamic=False)

    @cached_property
    def _adam(self) -> torch.optim.Adam:
        # created on first use, because it imports much that inference does not need
        return torch.optim.Adam(self._p.values(), fused=True)

    def native(self, array: NDArray) -> Tensor:
        """Convert to a tensor; 4-D arrays get the memory format of the variant."""
        tensor = torch.from_numpy(array)
        return tensor.contiguous(memory_format=self._format) if tensor.ndim == 4 else tensor

    def infer(self, x: Tensor) -> NDArray:
        """Return logits (N, 8)."""
        with torch.inference_mode():
            return self._forward(self._p, x, False).numpy()

    def gradients(self, x: Tensor, labels: Tensor) -> Weights:
        """Return the gradients of all weights, without dropout."""
        gradients = torch.autograd.grad(self._loss(self._p, x, labels, False), list(self._p.values()))
        return {name: dw.contiguous().numpy() for name, dw in zip(self._p, gradients, strict=True)}

    def train_step(self, x: Tensor, labels: Tensor) -> float:
        """Run one training step and return the loss."""
        self._adam.zero_grad(set_to_none=True)
        loss = self._loss(self._p, x, labels, True)
        loss.backward()
        self._adam.step()
        return loss.item()
