"""Compiling the kernels of a training ahead of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from npcnn.training import compilation

COMPILE = """
import json
import numpy as np
from npcnn import ELU, Adam, Dense, Dropout, Sequential, SoftmaxCrossEntropy
from npcnn.training.compilation import compile_training

rng = np.random.default_rng(0)
network = Sequential(Dense(6, 4, rng), ELU(), Dropout(0.5, rng), Dense(4, 3, rng))
x, labels = rng.standard_normal((8, 6), np.float32), rng.integers(0, 3, 8)
weights, state = {key: w.copy() for key, w in network.params.items()}, rng.bit_generator.state
shown = []
compile_training(network, x, labels, progress=lambda done, total: shown.append((done, total)))
unchanged = rng.bit_generator.state == state and all((weights[k] == w).all() for k, w in network.params.items())

from numba.core import event
compiled = []
class Listener(event.Listener):
    def on_start(self, started): compiled.append(str(started.data["dispatcher"]))
    def on_end(self, ended): pass
event.register("numba:compile", Listener())
loss, optimizer = SoftmaxCrossEntropy(), Adam(network.params)
for size in (8, 2):
    loss.forward(network.forward(x[:size], training=True), labels[:size])
    network.backward(loss.backward())
    optimizer.step(network.grads)
print(json.dumps([shown, unchanged, compiled]))
"""


def test_a_training_finds_its_kernels_compiled(run_python: Callable[..., str], tmp_path: Path) -> None:
    shown, unchanged, compiled = json.loads(run_python(COMPILE, NUMBA_CACHE_DIR=str(tmp_path)))
    total = shown[0][1]
    assert shown == [[done, total] for done in range(total + 1)]
    assert total > 5
    assert unchanged
    assert compiled == []
    again, _, compiled = json.loads(run_python(COMPILE, NUMBA_CACHE_DIR=str(tmp_path)))
    assert again == compiled == []


def test_where_nothing_can_be_stored_nothing_is_compiled_ahead(run_python: Callable[..., str], tmp_path: Path) -> None:
    code = COMPILE.replace(
        "import json", "import json, npcnn.training.compilation as c\nc._stamp = lambda calls: None", 1
    )
    shown, unchanged, compiled = json.loads(run_python(code, NUMBA_CACHE_DIR=str(tmp_path)))
    assert shown == []
    assert unchanged
    assert compiled


def test_an_index_error_of_the_progress_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def progress() -> None:
        raise IndexError

    monkeypatch.setattr(compilation, "_call", lambda call: None)
    with pytest.raises(IndexError):
        compilation._call_waiting(["a call"], progress)
