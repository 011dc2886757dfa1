"""The output of a network for any number of images: by compiled inference where possible, else layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from npcnn.backend import backend, no_grad
from npcnn.layers.layer import Layer, Shape
from npcnn.runtime.threads import launch_ranges

if TYPE_CHECKING:
    from npcnn.inference.engine import Engine

_engines: WeakKeyDictionary[Layer, dict[Shape, Engine | None]] = WeakKeyDictionary()


def predict(network: Layer, x: NDArray, batch_size: int = 32) -> NDArray:
    """The network's output for images x (N, ...), without keeping anything for a backward pass.

    Compiled inference runs each image through all layers in one kernel call. Networks for which there is no execution
    plan, and the reference backend, run eagerly: ``batch_size`` images at a time, each thread its own batches.
    """
    engine = _engine_for(network, x)
    if engine is not None:
        return engine.run(x)
    starts = range(0, max(len(x), 1), batch_size)
    parts = [x] * len(starts)

    def run(first: int, last: int) -> None:
        for i in range(first, last):
            parts[i] = network.forward(x[starts[i] : starts[i] + batch_size])

    with no_grad():
        launch_ranges(run, len(starts))
    return np.concatenate(parts)


def _engine_for(network: Layer, x: NDArray) -> Engine | None:
    """The engine for images of this shape and dtype, or None if the network has to run eagerly."""
    if backend() != "kernels" or len(x) == 0 or not x.flags.c_contiguous:
        return None
    from npcnn.inference.engine import Engine
    from npcnn.inference.plan import NoPlanError  # imports the compiler

    engines, shape = _engines.setdefault(network, {}), x.shape[1:]
    if shape not in engines:
        try:
            engines[shape] = Engine(network, shape)
        except (NoPlanError, ValueError):
            engines[shape] = None
    engine = engines[shape]
    return engine if engine is not None and engine.dtype == x.dtype else None
