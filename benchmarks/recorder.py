"""Record the cost of each operation that layers call: seconds, arithmetic and memory traffic."""

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
    """Total cost of all calls of an operation: seconds, floating-point operations, bytes read and written."""

    seconds: float = 0.0
    flops: int = 0
    traffic: int = 0


Operation = tuple[str, str]
"""Name of an operation and its input and output shape without N; "" for operations on all weights."""


def _taps(w: np.ndarray) -> int:
    """Return the number of weights per output channel."""
    return w[0].size


_FLOPS: dict[str, Callable[[tuple, tuple], int]] = {
    "conv2d_forward": lambda args, results: results[0].size * _taps(args[1]),
    "conv_block_forward": lambda args, results: results[0].size * _taps(args[1]) * math.prod(args[5]),
    "conv_block_backward": lambda args, results: args[0].size * _taps(args[4]) * (1 if results[0] is None else 2),
    "conv2d_backward_input": lambda args, results: args[0].size * _taps(args[1]),
    "conv2d_backward_weights": lambda args, results: args[0].size * _taps(results[0]),
    "dense_forward": lambda args, results: results[0].size * len(args[1]),
    "dense_backward_input": lambda args, results: args[0].size * len(args[1]),
    "dense_backward_weights": lambda args, results: args[0].size * len(results[0]),
}
"""The number of multiply-adds of an operation, as a function of its arguments and results."""

_IN_PLACE = {"adam": (0, 2, 3)}
"""Positions of the arguments that an operation modifies in place."""


@contextmanager
def recording() -> Iterator[dict[Operation, Cost]]:
    """Within the context, accumulate the costs of all operations of `npcnn.kernels` in the returned dict."""
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
    def call(*args: object) -> object:
        started = time.perf_counter()
        result = function(*args)
        seconds = time.perf_counter() - started
        results = result if isinstance(result, tuple) else (result,)
        written = [*results, *(args[position] for position in _IN_PLACE.get(name, ()))]
        cost = costs[name, _shapes(name, args, results)]
        cost.seconds += seconds
        cost.flops += 2 * _FLOPS[name](args, results) if name in _FLOPS else 0
        cost.traffic += sum(array.nbytes for array in (*args, *written) if isinstance(array, np.ndarray))
        return result

    return call


def _shapes(name: str, args: tuple, results: tuple) -> str:
    if name in _IN_PLACE:
        return ""
    before, after = (next(a for a in arrays if isinstance(a, np.ndarray)) for arrays in (args, results))
    return f"{_text(before.shape[1:])} -> {_text(after.shape if name.endswith('_weights') else after.shape[1:])}"


def _text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
