"""The contract of a layer: a forward pass, a backward pass, parameters with gradients, and buffers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from npcnn.backend import is_grad_enabled

Shape = tuple[int, ...]


class Layer:
    """A differentiable function of an array and of the layer's parameters.

    ``params`` and ``grads`` are dicts with the same keys; ``backward`` assigns gradients, it does not add to them.
    """

    params: dict[str, NDArray]
    grads: dict[str, NDArray]
    buffers: dict[str, NDArray]
    """State that is saved with the parameters but not trained, such as running statistics; updated in place."""
    needs_input_gradient = True
    """Whether ``backward`` must return dx. In training, the first layer of a network need not."""

    _kept: Any = None
    _methods: tuple  # forward and backward as the class defines them

    def __init_subclass__(cls) -> None:
        cls._methods = cls.forward, cls.backward

    def __init__(self) -> None:
        self.params = {}
        self.grads = {}
        self.buffers = {}

    def forward(self, x: NDArray, training: bool = False) -> NDArray:
        """The output for a batch x; ``training`` turns on what only happens in training, such as dropout."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward")

    def backward(self, dy: NDArray) -> NDArray | None:
        """dx, given the gradient dy of the output of the last forward pass; also assigns ``grads``."""
        raise NotImplementedError(f"{type(self).__name__} defines no backward")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the output for one input of ``input_shape``, both without N. Raises ValueError for a wrong one."""
        return input_shape

    def children(self) -> dict[str, Layer]:
        """The layers inside this one, by name."""
        return {}

    def walk(self) -> Iterator[Layer]:
        """This layer and, depth first, all layers inside it."""
        yield self
        for child in self.children().values():
            yield from child.walk()

    def state_dict(self) -> dict[str, NDArray]:
        """Parameters and buffers: a new dict of the layer's own arrays. It is all that inference depends on."""
        return self.params | self.buffers

    def skip_input_gradient(self) -> bool:
        """Let ``backward`` return None instead of dx; returns whether the layers before it can skip theirs."""
        self.needs_input_gradient = False
        return not self.params

    def is_unmodified(self, *classes: type[Layer]) -> bool:
        """Whether this is a layer of exactly one of ``classes``, and nobody has replaced its forward or backward pass.

        Only then may a faster implementation take the place of its methods.
        """
        cls = type(self)
        replaced = {"forward", "backward"} & vars(self).keys()
        return cls in classes and not replaced and cls._methods == (cls.forward, cls.backward)

    def astype(self, dtype: DTypeLike) -> Self:
        """Convert parameters and buffers, as a gradient check in float64 needs; returns the layer itself."""
        for layer in self.walk():
            for arrays in (vars(layer).get("params", {}), vars(layer).get("buffers", {})):
                arrays |= {name: array.astype(dtype) for name, array in arrays.items() if array.dtype.kind == "f"}
        return self

    def __getstate__(self) -> dict[str, Any]:
        """A copy of the layer has no gradients, and keeps nothing of the last forward pass."""
        state = vars(self).copy()  # in one step: another thread may run a forward pass
        state.pop("_kept", None)
        return state | {"grads": {}} if "grads" in state else state

    def __repr__(self) -> str:
        """The class, with the constructor arguments that are attributes, too, and differ from their defaults."""
        parameters = inspect.signature(type(self)).parameters.values()
        settings = {p.name: (getattr(self, p.name), p.default) for p in parameters if hasattr(self, p.name)}
        shown = [
            f"{name}={value!r}"
            for name, (value, default) in settings.items()
            if isinstance(value, int | float | str | tuple) and value not in (default, (default, default))
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _keep(self, value: Any) -> None:
        self._kept = value if is_grad_enabled() else None

    def _recall(self) -> Any:
        if self._kept is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward pass first, outside npcnn.no_grad()")
        return self._kept

    def _check(self, x: NDArray, axes: tuple[int | str, ...], dtype: DTypeLike | None = None) -> None:
        """Raise ValueError unless x has these axes (sizes, or letters for any size), is of dtype and C-contiguous.

        Without a dtype, x must be float32 or float64.
        """
        wrong = [axis for axis, size in zip(axes, x.shape, strict=False) if axis != size and not isinstance(axis, str)]
        if wrong or x.ndim != len(axes):
            wanted = ", ".join(map(str, axes))
            raise ValueError(f"{type(self).__name__} expected an array of shape ({wanted}), got {x.shape}")
        if x.dtype != (dtype or x.dtype) or x.dtype not in (np.float32, np.float64):
            raise ValueError(f"{type(self).__name__} expected {np.dtype(dtype or np.float32)} elements, got {x.dtype}")
        if not x.flags.c_contiguous:
            raise ValueError(f"{type(self).__name__} expected a C-contiguous array; use numpy.ascontiguousarray")
