"""Takes down what each operation costs while layers call it: seconds, arithmetic and memory traffic."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from npcnn import kernels


@dataclass
class Cost:
    """Of all calls of an operation together: seconds, floating-point operations, bytes read and written."""

    seconds: float = 0.0
    flops: int = 0
    traffic: int = 0


Operation = tuple[str, str]
"""Name of an operation, and the shapes it turns into one another (without N); "" for what runs over all weights."""


def _taps(w: np.ndarray) -> int:
    """Weights of one output channel."""
    return w[0].size


_FLOPS: dict[str, Callable[[tuple, tuple], int]] = {
    "conv2d_forward": lambda given, made: made[0].size * given[1][0].size,
    "conv_block_forward": lambda given, made: made[0].size * _taps(given[1]) * math.prod(given[5]),
    "conv_block_backward": lambda given, made: given[0].size * _taps(given[4]) * (1 if made[0] is None else 2),
    "conv2d_backward_input": lambda given, made: given[0].size * given[1][0].size,
    "conv2d_backward_weights": lambda given, made: given[0].size * made[0][0].size,
    "dense_forward": lambda given, made: made[0].size * len(given[1]),
    "dense_backward_input": lambda given, made: given[0].size * len(given[1]),
    "dense_backward_weights": lambda given, made: given[0].size * len(made[0]),
}
"""Multiplications of an operation, each with an addition, from its arguments and its results."""

_IN_PLACE = {"adam": (0, 2, 3)}
"""Arguments that an operation writes besides reading them."""


@contextmanager
def recording() -> Iterator[dict[Operation, Cost]]:
    """Inside, the operations of `npcnn.kernels` that layers call are added up in the dict given."""
    costs: dict[Operation, Cost] = defaultdict(Cost)
    originals = {name: getattr(kernels, name) for name in kernels.__all__}
    for name, function in originals.items():
        setattr(kernels, name, _recorded(name, function, costs))
    try:
        yield costs
    finally:
        for name, function in originals.items():
            setattr(kernels, name, function)


def _recorded(name: str, function: Callable, costs: dict[Operation, Cost]) -> Callable:
    def call(*given: object) -> object:
        started = time.perf_counter()
        result = function(*given)
        seconds = time.perf_counter() - started
        made = result if isinstance(result, tuple) else (result,)
        written = [*made, *(given[place] for place in _IN_PLACE.get(name, ()))]
        cost = costs[name, _shapes(name, given, made)]
        cost.seconds += seconds
        cost.flops += 2 * _FLOPS[name](given, made) if name in _FLOPS else 0
        cost.traffic += sum(array.nbytes for array in (*given, *written) if isinstance(array, np.ndarray))
        return result

    return call


def _shapes(name: str, given: tuple, made: tuple) -> str:
    if name in _IN_PLACE:
        return ""
    before, after = (next(a for a in arrays if isinstance(a, np.ndarray)) for arrays in (given, made))
    return f"{_text(before.shape[1:])} -> {_text(after.shape if name.endswith('_weights') else after.shape[1:])}"


def _text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
