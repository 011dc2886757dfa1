"""The jobs that `benchmarks.scale` runs in separate processes: ``python -m benchmarks.jobs JOB NUMBER...``."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np

SIZE = (640, 480)
"""Width and height of the drawn pictures."""


def train(images: int, batch_size: int, threads: int, seed: int) -> dict[str, float]:
    """Train for one epoch with the default recipe; returns its seconds and the process's peak memory in bytes."""
    from benchmarks.faces import synthetic_faces
    from emotion.training.recipe import Recipe
    from npcnn import set_thread_count

    set_thread_count(threads)
    recipe = Recipe(epochs=2, batch_size=batch_size)
    faces = synthetic_faces(images, seed)
    first = faces.take(np.arange(min(images, batch_size)))
    recipe.trainer(first, np.random.default_rng(seed)).fit(recipe.batches(first), 1)  # loads the kernels
    seconds = recipe.trainer(faces, np.random.default_rng(seed)).fit(recipe.batches(faces), 1)[0].seconds
    return {"seconds": seconds, "peak": peak_memory()}


def prepare(folder: Path, pictures: int, seed: int) -> None:
    """Draw pictures of one to three people and save random weights, which are as fast as trained ones."""
    from emotion.labels import EMOTIONS
    from emotion.networks.original import build_network
    from emotion.pictures import write_picture
    from emotion.synthetic import draw_scene
    from npcnn import save_weights

    rng = np.random.default_rng(seed)
    for number in range(pictures):
        scene, _, _ = draw_scene(rng, rng.integers(0, len(EMOTIONS), 1 + number % 3), SIZE)
        write_picture(folder / f"{number}.png", scene)
    save_weights(build_network(rng), folder / "weights.npz")


def peak_memory() -> int:
    """Return the peak memory of this process, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    if name == "train":
        print(json.dumps(train(*map(int, numbers))))
    else:
        prepare(Path(numbers[0]), *map(int, numbers[1:]))
