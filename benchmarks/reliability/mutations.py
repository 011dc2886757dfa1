"""Change some bytes of files, and count how reading them ends: they are used, or refused in one line."""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from emotion import InputError
from emotion.pictures import read_picture
from emotion.synthetic import draw_scene
from npcnn import Adam, Dense, Sequential, Trainer, WeightsError, load_weights, save_weights
from npcnn.training.checkpoints import save_checkpoint

_BATCH = 250  # mutations in a child process, which may crash
_FORMATS = (".png", ".jpg", "progressive.jpg", ".gif", ".bmp", ".webp", ".tiff", ".ppm")


def mutated_pictures(trials: int, seed: int) -> list[str]:
    """Read mutated pictures of all formats."""
    return _in_children(_read_mutated_pictures, trials, seed)


def _read_mutated_pictures(first: int, count: int, seed: int) -> tuple[Counter[str], float, int]:
    picture = draw_scene(np.random.default_rng(seed), ["happy"], (120, 90))[0]
    with tempfile.TemporaryDirectory() as folder:
        attempts = []
        for number in range(first, first + count):
            name = _FORMATS[number % len(_FORMATS)]
            flags = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1] if name.startswith("progressive") else []
            content = cv2.imencode(Path("a" + name).suffix, picture, flags)[1].tobytes()
            path = Path(folder, f"{number}{name}")
            path.write_bytes(_mutated(content, np.random.default_rng([seed, number])))
            attempts.append(lambda path=path: read_picture(path))
        return _try(attempts)


def mutated_weights(trials: int, seed: int) -> list[str]:
    """Load mutated weights; those that are refused must change nothing."""
    return _in_children(_load_mutated_weights, trials, seed)


def _load_mutated_weights(first: int, count: int, seed: int) -> tuple[Counter[str], float, int]:
    network = Sequential(Dense(8, 5, seed), Dense(5, 3, seed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "weights.npz")
        save_weights(network, path)
        content = path.read_bytes()

        def attempt(number: int) -> None:
            path.write_bytes(_mutated(content, np.random.default_rng([seed, number])))
            before = {name: array.copy() for name, array in network.params.items()}
            try:
                load_weights(network, path)
            except WeightsError:
                assert all(np.array_equal(network.params[name], array) for name, array in before.items())
                raise
            assert all(np.isfinite(array).all() for array in network.params.values())

        return _try([lambda number=number: attempt(number) for number in range(first, first + count)])


def mutated_checkpoints(trials: int, seed: int) -> list[str]:
    """Resume from mutated checkpoints; those that are refused must change nothing."""
    return _in_children(_load_mutated_checkpoints, trials, seed)


def _load_mutated_checkpoints(first: int, count: int, seed: int) -> tuple[Counter[str], float, int]:
    network = Sequential(Dense(8, 5, seed), Dense(5, 3, seed))
    trainer = Trainer(network, Adam(network.params), rng=seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "checkpoint.npz")
        save_checkpoint(path, trainer.state_dict())
        content = path.read_bytes()

        def attempt(number: int) -> None:
            path.write_bytes(_mutated(content, np.random.default_rng([seed, number])))
            before = json.dumps(trainer.state_dict(), default=lambda array: array.tolist())
            try:
                trainer.resume(path)
            except WeightsError:
                assert json.dumps(trainer.state_dict(), default=lambda array: array.tolist()) == before
                raise

        return _try([lambda number=number: attempt(number) for number in range(first, first + count)])


def _in_children(function: Callable, trials: int, seed: int) -> list[str]:
    """Run ``function(first, count, seed)`` in child processes, which return outcomes; add up what they return."""
    outcomes: Counter[str] = Counter()
    slowest, memory = 0.0, 0
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for first in range(0, trials, _BATCH):
            result = pool.apply_async(function, (first, min(_BATCH, trials - first), seed))
            try:
                counts, longest, peak = result.get(timeout=600)
            except multiprocessing.TimeoutError:  # a crash or a hang
                outcomes["wrong"] += 1
                continue
            outcomes.update(counts)
            slowest, memory = max(slowest, longest), max(memory, peak)
    used, refused, wrong = outcomes["used"], outcomes["refused"], outcomes["wrong"]
    return [f"{trials:,}", f"{used:,}", f"{refused:,}", f"{wrong:,}", f"{slowest:.2f} s", f"{memory / 1024:.0f} MB"]


def _try(attempts: list[Callable[[], object]]) -> tuple[Counter[str], float, int]:
    """Make each attempt; returns the outcomes, the longest time in seconds and the peak memory in KB."""
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for attempt in attempts:
        started = time.perf_counter()
        try:
            attempt()
            outcomes["used"] += 1
        except (InputError, WeightsError) as error:
            outcomes["wrong" if "\n" in str(error) else "refused"] += 1
        except Exception as error:
            outcomes["wrong"] += 1
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        slowest = max(slowest, time.perf_counter() - started)
    return outcomes, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, cut or insert some bytes, more often near the beginning, where the headers are."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(min(len(data), rng.choice([40, 600, len(data)]))))
        kind = rng.integers(4)
        if kind < 2:
            data[place] = rng.choice([0, 0x7F, 0xFF, int(rng.integers(256))])
        elif kind == 2 and len(data) > 60:
            del data[place : place + int(rng.integers(1, 50))]
        else:
            data[place:place] = rng.bytes(int(rng.integers(1, 9)))
    return bytes(data)
