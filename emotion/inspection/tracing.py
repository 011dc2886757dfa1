"""Run a network layer by layer and keep what every layer receives and gives."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray

from npcnn import Layer, Residual, Sequential, no_grad, parameter_count, use_backend


@dataclass(frozen=True)
class Step:
    """What one layer did.

    name: where the layer is in the network, as in the names of weight files: "0/body/3".
    inputs: what it received, (1, ...) each: one array, or those of body and shortcut for the sum of a residual block.
    output: what it gave, (1, ...).
    """

    name: str
    layer: Layer
    inputs: tuple[NDArray, ...]
    output: NDArray

    @property
    def parameters(self) -> int:
        """Number of parameters of the layer itself; the sum of a residual block has none."""
        return 0 if isinstance(self.layer, Residual) else parameter_count(self.layer)


def trace(network: Layer, x: NDArray) -> list[Step]:
    """Return a step for each layer that is not a Sequential, in the order in which they run, for one image x (1, ...).

    A residual block gives the steps of its body, of its shortcut, the sum of both, and the step of its activation.
    """
    steps: list[Step] = []
    with use_backend("reference"), no_grad():
        _run(network, "", x, steps)
    return steps


def _run(layer: Layer, name: str, x: NDArray, steps: list[Step]) -> NDArray:
    """Append the steps of a layer and return its output."""
    if isinstance(layer, Sequential):
        for key, child in layer.children().items():
            x = _run(child, f"{name}/{key}".lstrip("/"), x, steps)
        return x
    if isinstance(layer, Residual):
        body = _run(layer.body, f"{name}/body", x, steps)
        shortcut = x if layer.shortcut is None else _run(layer.shortcut, f"{name}/shortcut", x, steps)
        steps.append(Step(name, layer, (body, shortcut), body + shortcut))
        if layer.activation is None:
            return steps[-1].output
        return _run(layer.activation, f"{name}/activation", steps[-1].output, steps)
    steps.append(Step(name, layer, (x,), layer.forward(x)))
    return steps[-1].output
