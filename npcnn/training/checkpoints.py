"""A training run on disk, with all it takes to go on as if it had never stopped."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from npcnn.layers.dropout import Dropout
from npcnn.layers.layer import Layer
from npcnn.serialization import WeightsError, assign, load_arrays, save_arrays
from npcnn.training.history import Epoch

if TYPE_CHECKING:
    from npcnn.training.trainer import Trainer


def save_state(path: str | Path, trainer: Trainer) -> None:
    """Write weights, optimizer, average, history and the state of every generator to ``path`` (.npz)."""
    generators = [rng.bit_generator.state for rng in _generators(trainer)]
    notes = {
        "history": [asdict(line) for line in trainer.history],
        "steps": trainer.optimizer.steps,
        "average_steps": trainer.average.steps if trainer.average else 0,
        "generators": generators,
    }
    arrays = {f"{group}/{key}": w for group, part in _groups(trainer).items() for key, w in part.items()}
    if trainer.best is not None:
        arrays |= {f"best/{key}": w for key, w in trainer.best.items()}
    save_arrays(path, arrays | {"notes": np.array(json.dumps(notes, default=np.ndarray.tolist))})


def load_state(path: str | Path, trainer: Trainer) -> None:
    """Put what ``save_state`` wrote into a trainer built the same way. Raises WeightsError if it does not fit."""
    arrays = load_arrays(path)
    try:
        notes: dict[str, Any] = json.loads(str(arrays.pop("notes")))
        history = [Epoch(**line) for line in notes["history"]]
        generators, steps, average_steps = notes["generators"], notes["steps"], notes["average_steps"]
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path} is no checkpoint; give one that training wrote") from error
    best = {key.removeprefix("best/"): arrays.pop(key) for key in list(arrays) if key.startswith("best/")}
    target = {f"{group}/{key}": w for group, part in _groups(trainer).items() for key, w in part.items()}
    own = list(_generators(trainer))
    kinds = [rng.bit_generator.state["bit_generator"] for rng in own]
    if kinds != [state["bit_generator"] for state in generators]:
        raise WeightsError(f"{path} is of another training: its random generators are not {', '.join(kinds)}")
    assign(target, arrays, str(path))
    for rng, state in zip(own, generators, strict=True):
        rng.bit_generator.state = state
    trainer.history[:] = history
    trainer.best = best or None
    trainer.optimizer.steps = steps
    if trainer.average is not None:
        trainer.average.steps = average_steps


def _groups(trainer: Trainer) -> dict[str, dict[str, NDArray]]:
    groups = {"weights": trainer.network.params, "m": trainer.optimizer.m, "v": trainer.optimizer.v}
    return groups | ({"average": trainer.average.weights} if trainer.average else {})


def _generators(trainer: Trainer) -> list[np.random.Generator]:
    """The trainer's generator and those of its dropout layers, each once."""
    found = {id(trainer.rng): trainer.rng}

    def visit(layer: Layer) -> None:
        if isinstance(layer, Dropout):
            found.setdefault(id(layer.rng), layer.rng)
        for child in layer.children().values():
            visit(child)

    visit(trainer.network)
    return list(found.values())
