"""The two switches: the backend, and whether layers keep what their backward pass needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import npcnn
from npcnn import kernels, predict, reference
from npcnn.backend import is_grad_enabled, operations

PREDICT_WITHOUT_COMPILER = """
import sys
import numpy as np
import npcnn
from npcnn import Conv2D, Dense, ELU, Flatten, MaxPool2D, Sequential, predict
rng = np.random.default_rng(0)
network = Sequential(Conv2D(1, 2, 2, rng=rng), MaxPool2D(2), ELU(), Flatten(), Dense(32, 3, rng))
with npcnn.use_backend("reference"):
    logits = predict(network, rng.standard_normal((5, 1, 8, 8), np.float32))
    npcnn.softmax(logits)
assert logits.shape == (5, 3)
print("numba" in sys.modules)
"""


def test_default_backend_is_kernels() -> None:
    assert operations() is kernels
    with npcnn.use_backend("reference"):
        assert operations() is reference
        with npcnn.use_backend("kernels"):
            assert operations() is kernels
        assert operations() is reference
    assert operations() is kernels


def test_switches_are_restored_after_an_error() -> None:
    with pytest.raises(KeyError), npcnn.use_backend("reference"), npcnn.no_grad():
        raise KeyError
    assert operations() is kernels
    assert is_grad_enabled()


def test_unknown_backend_is_rejected() -> None:
    with pytest.raises(ValueError, match="'kernels' or 'reference', not 'cuda'"), npcnn.use_backend("cuda"):
        pass


def test_inference_can_be_nested() -> None:
    with npcnn.no_grad():
        with npcnn.no_grad():
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_backends_give_the_same_predictions(build_small_network: Callable, rng: np.random.Generator) -> None:
    network, x = build_small_network(1), rng.standard_normal((9, 2, 8, 8), np.float32)
    compiled = predict(network, x)
    with npcnn.use_backend("reference"):
        np.testing.assert_allclose(predict(network, x), compiled, atol=1e-4)


def test_backends_give_the_same_gradients(build_small_network: Callable, rng: np.random.Generator) -> None:
    x, dy = rng.standard_normal((9, 2, 8, 8), np.float32), rng.standard_normal((9, 3), np.float32)
    gradients = []
    for backend in ("kernels", "reference"):
        network = build_small_network(1)
        with npcnn.use_backend(backend):
            network.forward(x, training=True)
            network.backward(dy)
        gradients.append(network.grads)
    for key, dw in gradients[0].items():
        np.testing.assert_allclose(gradients[1][key], dw, atol=1e-4)


def test_reference_backend_does_not_import_numba(run_python: Callable) -> None:
    assert run_python(PREDICT_WITHOUT_COMPILER) == "False"
