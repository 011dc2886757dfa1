"""What every layer has: a forward and a backward pass, parameters and their gradients."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from npcnn.backend import is_grad_enabled

Shape = tuple[int, ...]


class Layer:
    """A function of an array and of its parameters, which knows its derivative.

    ``params`` and ``grads`` are dicts with the same keys; ``backward`` assigns gradients, it does not add to them.
    """

    params: dict[str, NDArray]
    grads: dict[str, NDArray]
    buffers: dict[str, NDArray]
    """State that is saved with the parameters but not trained, such as running statistics."""
    needs_input_gradient = True
    """Whether ``backward`` has to return dx. The first layer of a network in training needs not."""

    _kept: Any = None

    def __init__(self) -> None:
        self.params = {}
        self.grads = {}
        self.buffers = {}

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """The layer's output for a batch x; ``training`` switches on what only training does (dropout)."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx for the gradient dy of the last forward pass's output; sets ``grads``."""
        raise NotImplementedError(f"{type(self).__name__} defines no backward")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of one image's output for one image's input, both without N. Raises ValueError if it cannot be fed."""
        return input_shape

    def children(self) -> dict[str, Layer]:
        """The layers this one is made of, by name; none for a layer proper."""
        return {}

    def skip_input_gradient(self) -> bool:
        """Let ``backward`` return None instead of dx; returns whether the layers before this one can be skipped too."""
        self.needs_input_gradient = False
        return not self.params

    def astype(self, dtype: DTypeLike) -> Self:
        """Convert the parameters in place, as a gradient check in float64 needs; returns the layer itself."""
        for child in self.children().values():
            child.astype(dtype)
        for name, value in vars(self).get("params", {}).items():
            self.params[name] = value.astype(dtype)
        return self

    def _keep(self, value: Any) -> None:
        self._kept = value if is_grad_enabled() else None

    def _recall(self) -> Any:
        if self._kept is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward pass first, outside npcnn.no_grad()")
        return self._kept

    def _check(self, x: NDArray, axes: tuple[int | str, ...], dtype: DTypeLike | None = None) -> None:
        """Raise ValueError unless x has these axes (numbers, or letters for any size), dtype and C order."""
        wrong = [axis for axis, size in zip(axes, x.shape, strict=False) if axis != size and not isinstance(axis, str)]
        if wrong or x.ndim != len(axes):
            wanted = ", ".join(map(str, axes))
            raise ValueError(f"{type(self).__name__} expected an array of shape ({wanted}), got {x.shape}")
        if x.dtype != (dtype or x.dtype) or x.dtype.kind != "f":
            raise ValueError(f"{type(self).__name__} expected {np.dtype(dtype or np.float32)} numbers, got {x.dtype}")
        if not x.flags.c_contiguous:
            raise ValueError(f"{type(self).__name__} expected a C-contiguous array; use numpy.ascontiguousarray")
