"""Nested state on disk: an .npz file of the arrays, and JSON for the rest and for where the arrays belong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from npcnn.serialization import State, WeightsError, load_arrays, save_arrays

_JSON = "json"
_ARRAY = "array"
"""Key of the dict that stands for an array in the JSON; its value is the name in the .npz file."""


def save_checkpoint(path: str | Path, state: State) -> None:
    """Write a state of dicts, lists, arrays, numbers, strings and None to ``path``.

    Raises WeightsError if that fails, or if ``load_checkpoint`` would return another state.
    """
    arrays: dict[str, NDArray] = {}

    def describe(value: Any, name: str) -> Any:
        if isinstance(value, np.ndarray):
            if name in (_JSON, *arrays):
                raise WeightsError(f"cannot write {path}: two arrays would be called {name}; rename one")
            arrays[name] = value
            return {_ARRAY: name}
        if isinstance(value, dict):
            if _stands_for_array(value):
                raise WeightsError(f"cannot write {path}: {name} would be read as an array; rename its key {_ARRAY!r}")
            return {key: describe(item, f"{name}/{key}".lstrip("/")) for key, item in value.items()}
        if isinstance(value, list):
            return [describe(item, f"{name}/{i}") for i, item in enumerate(value)]
        return value

    text = json.dumps(describe(state, ""))
    save_arrays(path, arrays | {_JSON: np.array(text)})


def load_checkpoint(path: str | Path, max_bytes: int = 1 << 30) -> State:
    """What ``save_checkpoint`` wrote.

    Raises WeightsError if the file is missing, damaged, no checkpoint, or declares more than ``max_bytes`` of arrays.
    """
    arrays = load_arrays(path, max_bytes)

    def restore(value: Any) -> Any:
        if isinstance(value, list):
            return [restore(item) for item in value]
        if not isinstance(value, dict):
            return value
        if _stands_for_array(value):
            return arrays[value[_ARRAY]]
        return {key: restore(item) for key, item in value.items()}

    try:
        state = restore(json.loads(str(arrays.pop(_JSON))))
    except (KeyError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is no checkpoint; give a file that a training run wrote") from error
    if not isinstance(state, dict):
        raise WeightsError(f"{path} is no checkpoint; give a file that a training run wrote")
    return state


def _stands_for_array(value: dict) -> bool:
    return value.keys() == {_ARRAY} and isinstance(value[_ARRAY], str)


def check_generator_states(generators: list[np.random.Generator], states: list[State], origin: str) -> None:
    """Raise WeightsError unless there is a state for each generator, of its kind."""
    try:
        for rng, state in zip(generators, states, strict=True):
            type(rng.bit_generator)().state = state  # a new one, so that nothing changes if this fails
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        kinds = ", ".join(type(rng.bit_generator).__name__ for rng in generators)
        raise WeightsError(f"{origin} is of another training: its random generators are not {kinds}") from error


def check_configuration(own: dict, given: Any, origin: str) -> None:
    """Raise WeightsError, naming the first difference, unless both configurations are the same."""
    if not isinstance(given, dict) or any(isinstance(value, np.ndarray) for value in given.values()):
        raise WeightsError(f"{origin} is damaged: its configuration cannot be read")
    for name in sorted(own.keys() | given.keys()):
        if own.get(name) != given.get(name):
            before, now = (str(values.get(name, "not given"))[:60] for values in (given, own))
            raise WeightsError(f"{origin} is of another training: {name} was {before}, and is {now} now")
