"""Damage files, kill trainings and predict in many threads, and count what goes wrong: nothing should."""

from __future__ import annotations

import json
import multiprocessing
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from benchmarks import options
from benchmarks.machine import describe, processors
from benchmarks.processes import command
from benchmarks.tables import show
from emotion import EmotionRecognizer, InputError
from emotion.networks.original import build_network
from emotion.pictures import read_picture
from emotion.synthetic import draw_scene
from npcnn import Adam, Dense, Sequential, SoftmaxCrossEntropy, Trainer, WeightsError, load_weights, save_weights

_BATCH = 250  # mutations in a child process, which may crash
_FORMATS = (".png", ".jpg", "progressive.jpg", ".gif", ".bmp", ".webp", ".tiff", ".ppm")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts, print the table and return the exit status: 0, or 1 if anything went wrong."""
    parts: dict[str, Callable[[int, int], list]] = {
        "pictures": _mutated_pictures,
        "weights": _mutated_weights,
        "checkpoints": _mutated_checkpoints,
        "kills": _killed_trainings,
        "threads": _threads,
        "mixed": _mixed,
    }
    counts = {"pictures": 5000, "weights": 1000, "checkpoints": 1000, "kills": 50, "threads": 2000, "mixed": 9600}
    parser = options.parser("benchmarks.reliability", __doc__.splitlines()[0], ("opencv-python",), threads=False)
    parser.add_argument("--parts", nargs="+", choices=parts, default=list(parts), help="parts to run (default: all)")
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials to run (default: 1)")
    arguments = parser.parse_args(argv)
    print(describe(processors(), arguments.seed, arguments.packages), flush=True)
    rows = []
    for part in arguments.parts:
        started = time.perf_counter()
        rows.append([part, *parts[part](max(1, round(counts[part] * arguments.share)), arguments.seed)])
        print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)
    show(
        "reliability",
        ["part", "trials", "used", "refused in a line", "wrong", "slowest", "most memory"],
        rows,
        arguments,
    )
    return int(any(row[4] != "0" for row in rows))


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


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
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


def _mutated_pictures(trials: int, seed: int) -> list[str]:
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
            path.write_bytes(mutated(content, np.random.default_rng([seed, number])))
            attempts.append(lambda path=path: read_picture(path))
        return _try(attempts)


def _mutated_weights(trials: int, seed: int) -> list[str]:
    return _in_children(_load_mutated_weights, trials, seed)


def _load_mutated_weights(first: int, count: int, seed: int) -> tuple[Counter[str], float, int]:
    network = Sequential(Dense(8, 5, seed), Dense(5, 3, seed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "weights.npz")
        save_weights(network, path)
        content = path.read_bytes()

        def attempt(number: int) -> None:
            path.write_bytes(mutated(content, np.random.default_rng([seed, number])))
            before = {name: array.copy() for name, array in network.params.items()}
            try:
                load_weights(network, path)
            except WeightsError:
                assert all(np.array_equal(network.params[name], array) for name, array in before.items())
                raise
            assert all(np.isfinite(array).all() for array in network.params.values())

        return _try([lambda number=number: attempt(number) for number in range(first, first + count)])


def _mutated_checkpoints(trials: int, seed: int) -> list[str]:
    return _in_children(_load_mutated_checkpoints, trials, seed)


def _load_mutated_checkpoints(first: int, count: int, seed: int) -> tuple[Counter[str], float, int]:
    from npcnn.training.checkpoints import save_checkpoint

    network = Sequential(Dense(8, 5, seed), Dense(5, 3, seed))
    trainer = Trainer(network, Adam(network.params), rng=seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "checkpoint.npz")
        save_checkpoint(path, trainer.state_dict())
        content = path.read_bytes()

        def attempt(number: int) -> None:
            path.write_bytes(mutated(content, np.random.default_rng([seed, number])))
            before = json.dumps(trainer.state_dict(), default=lambda array: array.tolist())
            try:
                trainer.resume(path)
            except WeightsError:
                assert json.dumps(trainer.state_dict(), default=lambda array: array.tolist()) == before
                raise

        return _try([lambda number=number: attempt(number) for number in range(first, first + count)])


def _killed_trainings(trials: int, seed: int) -> list[str]:
    """Kill a training at a random moment, resume it, and compare the weights with those of an uninterrupted one."""
    rng = np.random.default_rng(seed)
    used = wrong = 0
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        line = command("train.py", "--identities", 4, "--split", "none", "--epochs", 6, "--seed", seed, "--run")
        whole, interrupted = Path(name, "whole"), Path(name, "interrupted")
        started = time.perf_counter()
        subprocess.run([*line, whole], check=True, capture_output=True)
        duration = time.perf_counter() - started
        weights, report = interrupted / "weights.npz", interrupted / "report.html"
        for _ in range(trials):
            shutil.rmtree(interrupted, ignore_errors=True)
            process = subprocess.Popen([*line, interrupted], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.3, 1) * duration)
            process.send_signal(signal.SIGKILL)
            process.wait()
            started = time.perf_counter()
            if not report.exists() or (interrupted / "checkpoint.npz").exists():
                resume = ["--resume"] if (interrupted / "config.toml").exists() else []
                subprocess.run([*line, interrupted, *resume], check=False, capture_output=True)
            same = report.exists() and weights.read_bytes() == (whole / "weights.npz").read_bytes()
            used, wrong = used + same, wrong + (not same)
            slowest = max(slowest, time.perf_counter() - started)
    return [f"{trials:,}", f"{used:,}", "0", f"{wrong:,}", f"{slowest:.2f} s", "-"]


def _pictures(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [draw_scene(rng, ["happy", "sadness"], size)[0] for size in ((320, 240), (400, 300), (260, 260))]


def _threads(trials: int, seed: int) -> list[str]:
    """Recognise pictures of different sizes in 16 threads, with one recogniser, and compare with one thread."""
    pictures, recognizer = _pictures(seed), EmotionRecognizer(build_network(seed))
    expected = [recognizer.recognize(picture) for picture in pictures]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(recognizer.recognize, (pictures[i % len(pictures)] for i in range(trials))))
    right = sum(answer == expected[i % len(pictures)] for i, answer in enumerate(answers))
    return _row(trials, right)


def _mixed(trials: int, seed: int) -> list[str]:
    """Recognise in 16 threads, 8 forked and 8 spawned processes at once, next to a training in another thread.

    Half of the threads share a recogniser. A trial is a picture or a training of a few steps; its result is compared
    with that of one thread.
    """
    shared, share, trained = EmotionRecognizer(build_network(seed)), max(1, trials // 32), _trained(seed)
    expected = _answers(shared, 3, seed)
    done, trainings = threading.Event(), Counter()

    def train() -> None:
        while not done.is_set():
            trainings[_trained(seed) == trained] += 1

    right = 0
    with ThreadPoolExecutor(17) as threads:
        training = threads.submit(train)
        try:
            futures = [threads.submit(_right, shared if i % 2 else None, share, seed, expected) for i in range(16)]
            for method in ("fork", "spawn"):  # while the threads are at work
                with ProcessPoolExecutor(8, multiprocessing.get_context(method)) as processes:
                    right += sum(processes.map(_right, [None] * 8, [share] * 8, [seed] * 8, [expected] * 8))
            right += sum(future.result() for future in futures)
        finally:
            done.set()
        training.result()
    return _row(32 * share + trainings.total(), right + trainings[True])


def _right(recognizer: EmotionRecognizer | None, trials: int, seed: int, expected: list) -> int:
    """Recognise pictures with a recogniser, or with one of its own, and count the expected answers."""
    answers = _answers(recognizer or EmotionRecognizer(build_network(seed)), trials, seed)
    return sum(answer == expected[i % len(expected)] for i, answer in enumerate(answers))


def _answers(recognizer: EmotionRecognizer, trials: int, seed: int) -> list:
    """Return the faces in pictures, and what compiled inference says about a part of them."""
    pictures = _pictures(seed)
    return [
        (recognizer.recognize(picture), recognizer.classify(picture[None, :64, :64, 0], compiled=True).tolist())
        for picture in (pictures[i % len(pictures)] for i in range(trials))
    ]


def _trained(seed: int) -> bytes:
    """Return the weights after a few steps of training."""
    network, loss, rng = build_network(seed), SoftmaxCrossEntropy(), np.random.default_rng(seed)
    optimizer = Adam(network.params)
    for _ in range(3):
        x, labels = rng.standard_normal((16, 1, 64, 64), np.float32), rng.integers(0, 8, 16)
        loss.forward(network.forward(x, training=True), labels)
        network.backward(loss.backward())
        optimizer.step(network.grads)
    return b"".join(w.tobytes() for w in network.params.values())


def _row(trials: int, right: int) -> list[str]:
    """Return the row of a part in which nothing is refused, and trials are not timed one by one."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [f"{trials:,}", f"{right:,}", "0", f"{trials - right:,}", "-", f"{memory / 1024:.0f} MB"]


if __name__ == "__main__":
    sys.exit(main())
