"""Recognise in many threads and processes at once, and compare with one thread."""

from __future__ import annotations

import multiprocessing
import resource
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np

from emotion import EmotionRecognizer
from emotion.networks.original import build_network
from emotion.synthetic import draw_scene
from npcnn import Adam, SoftmaxCrossEntropy


def threads(trials: int, seed: int) -> list[str]:
    """Recognise pictures of different sizes in 16 threads, with one recogniser, and compare with one thread."""
    pictures, recognizer = _pictures(seed), EmotionRecognizer(build_network(seed))
    expected = [recognizer.recognize(picture) for picture in pictures]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(recognizer.recognize, (pictures[i % len(pictures)] for i in range(trials))))
    right = sum(answer == expected[i % len(pictures)] for i, answer in enumerate(answers))
    return _row(trials, right)


def mixed(trials: int, seed: int) -> list[str]:
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


def _pictures(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [draw_scene(rng, ["happy", "sadness"], size)[0] for size in ((320, 240), (400, 300), (260, 260))]


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
