"""The networks in PyTorch: eager, with the channels-last memory format, or compiled by ``torch.compile``."""

from __future__ import annotations

from functools import cached_property, partial

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.peers.peer import Weights, is_parameter


def _original_block(p: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    y = x
    for layer in ("0", "3"):
        # "same" padding of a 2x2 kernel: one column on the right and one row at the bottom
        padded = F.pad(y, (0, 1, 0, 1))
        y = F.conv2d(padded, p[f"{name}/body/{layer}/w"], p[f"{name}/body/{layer}/b"])
        y = F.elu(F.max_pool2d(y, 2))
    return y + F.elu(F.conv2d(x, p[f"{name}/shortcut/0/w"], p[f"{name}/shortcut/0/b"], stride=4))


def _original(p: dict[str, Tensor], x: Tensor, training: bool) -> Tensor:
    x = F.dropout(_original_block(p, "0", x), 0.3, training)
    x = F.dropout(_original_block(p, "2", x), 0.5, training)
    x = F.elu(torch.addmm(p["5/b"], x.flatten(1), p["5/w"]))
    return torch.addmm(p["8/b"], F.dropout(x, 0.5, training), p["8/w"])


def _convolution(p: dict[str, Tensor], name: str, x: Tensor, stride: int, training: bool) -> Tensor:
    """A convolution with "same" padding, and the batch normalisation in the layer after it."""
    w, norm = p[f"{name}/w"], _next(name)
    if w.shape[-1] == 3 and stride == 2:
        x = F.pad(x, (0, 1, 0, 1))
    x = F.conv2d(x, w, stride=stride, padding=1 if w.shape[-1] == 3 and stride == 1 else 0)
    statistics = p[f"{norm}/running_mean"], p[f"{norm}/running_var"]
    return F.batch_norm(x, *statistics, p[f"{norm}/gamma"], p[f"{norm}/beta"], training)


def _next(name: str) -> str:
    parent, _, index = name.rpartition("/")
    return f"{parent}/{int(index) + 1}".lstrip("/")


def _resnet(p: dict[str, Tensor], x: Tensor, training: bool) -> Tensor:
    x = F.elu(_convolution(p, "0", x, 2, training))
    for block in range(3, 10):
        shortcut = f"{block}/shortcut/0"
        stride = 2 if f"{shortcut}/w" in p else 1
        y = F.elu(_convolution(p, f"{block}/body/0", x, stride, training))
        y = _convolution(p, f"{block}/body/3", y, 1, training)
        x = F.elu(y + (_convolution(p, shortcut, x, 2, training) if stride == 2 else x))
    x = F.dropout(x.mean(dim=(2, 3)), 0.4, training)
    return torch.addmm(p["12/b"], x, p["12/w"])


_NETWORKS = {"original": _original, "resnet": _resnet}


class PyTorchPeer:
    """PyTorch with fused Adam; parameters keep npcnn's names and layouts.

    variant: ``eager``, ``channels_last`` or ``compile``.
    """

    trains = True

    def __init__(self, network: str, weights: Weights, threads: int, variant: str) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self._format = torch.channels_last if variant == "channels_last" else torch.contiguous_format
        self._p = {name: self.native(w).clone() for name, w in weights.items()}
        self._trained = {name: w.requires_grad_() for name, w in self._p.items() if is_parameter(name)}
        forward = _NETWORKS[network]

        def loss(p: dict[str, Tensor], x: Tensor, labels: Tensor, training: bool) -> Tensor:
            return F.cross_entropy(forward(p, x, training), labels)

        compiled = partial(torch.compile, dynamic=False) if variant == "compile" else lambda function: function
        self._forward, self._loss = compiled(forward), compiled(loss)

    @cached_property
    def _adam(self) -> torch.optim.Adam:
        # created on first use, because it imports much that inference does not need
        return torch.optim.Adam(self._trained.values(), fused=True)

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
        gradients = torch.autograd.grad(self._loss(self._p, x, labels, False), list(self._trained.values()))
        return {name: dw.contiguous().numpy() for name, dw in zip(self._trained, gradients, strict=True)}

    def train_step(self, x: Tensor, labels: Tensor) -> float:
        """Run one training step and return the loss."""
        self._adam.zero_grad(set_to_none=True)
        loss = self._loss(self._p, x, labels, True)
        loss.backward()
        self._adam.step()
        return loss.item()
