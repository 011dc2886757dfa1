"""Shared fixtures: a photograph, a recogniser that needs no training, and fresh Python processes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import npcnn
from emotion.labels import EMOTIONS


@pytest.fixture(scope="session")
def astronaut():
    """scikit-image's photograph of Eileen Collins, (512, 512, 3) BGR uint8; one smiling face, left of the centre."""
    data = pytest.importorskip("skimage.data", reason="scikit-image provides the photograph")
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


class AlwaysHappy(npcnn.Layer):
    """A network that classifies every face as happy with a probability of about 93%, and records its batch sizes."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def forward(self, x, training=False):
        assert x.dtype == np.float32
        assert x.shape[1:] == (1, 64, 64)
        self.batches.append(len(x))
        logits = np.zeros((len(x), len(EMOTIONS)), np.float32)
        logits[:, EMOTIONS.index("happy")] = 4.5
        return logits


@pytest.fixture
def recognizer():
    """An EmotionRecognizer that classifies every face as happy."""
    from emotion.recognizer import EmotionRecognizer

    return EmotionRecognizer(AlwaysHappy())


@pytest.fixture
def real_faces():
    """A function from the name of a data set to its folder; skips the test if the data set is not available."""

    def folder(name):
        path = Path(os.environ.get("EMOTION_TEST_DATA", "")) / name
        if "EMOTION_TEST_DATA" not in os.environ or not path.is_dir():
            pytest.skip(f"EMOTION_TEST_DATA is not set to a folder that contains {name}/")
        return path

    return folder


@pytest.fixture
def set_threads(monkeypatch):
    """``npcnn.set_thread_count``, restored after the test; even the smallest kernels run in parallel."""
    monkeypatch.setattr(npcnn.runtime.threads, "_MIN_PARALLEL_WORK", 1e-9)
    before = npcnn.thread_count()
    yield npcnn.set_thread_count
    npcnn.set_thread_count(before)


@pytest.fixture(scope="session")
def run_python(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs code in a new Python with the packages in ``root`` and returns what it printed; fails if the code fails."""

    folder = tmp_path_factory.mktemp("elsewhere")

    def run(code: str, root: Path = Path(npcnn.__file__).parents[1], **environment: str) -> str:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=inherited | {"PYTHONPATH": str(root)} | environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
