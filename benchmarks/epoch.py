"""Compare the throughput of complete epochs with that of bare training steps in the same run."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks import options
from benchmarks.faces import synthetic_faces
from benchmarks.machine import describe
from benchmarks.tables import show
from emotion.preprocessing import prepare_faces
from emotion.training.recipe import Recipe
from npcnn import Trainer, set_thread_count


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark, print the table and return the exit status, 0."""
    parser = options.parser("benchmarks.epoch", __doc__.splitlines()[0], ("opencv-python",))
    parser.add_argument("--images", type=options.positive, default=28_000, metavar="N", help="faces (default: 28,000)")
    parser.add_argument("--batch-size", type=options.positive, default=Recipe.batch_size, metavar="N")
    parser.add_argument("--rounds", type=options.positive, default=3, help="epochs to measure (default: 3)")
    parser.add_argument(
        "--seconds",
        type=options.positive_seconds,
        default=5.0,
        help="duration of bare steps before and after each epoch (default: 5)",
    )
    arguments = parser.parse_args(argv)
    set_thread_count(arguments.threads)
    print(describe(arguments.threads, arguments.seed, arguments.packages), flush=True)
    recipe = Recipe(epochs=arguments.rounds, batch_size=arguments.batch_size)
    faces = synthetic_faces(arguments.images, arguments.seed)
    batches = recipe.batches(faces)
    trainer = recipe.trainer(faces, np.random.default_rng(arguments.seed))
    sample = faces.take(np.arange(min(len(faces), 2 * arguments.batch_size)))
    recipe.trainer(sample, np.random.default_rng(arguments.seed)).fit(recipe.batches(sample), 1)  # compiles the kernels

    x, labels = prepare_faces(faces.faces[: recipe.batch_size]), faces.labels[: recipe.batch_size]
    trainer.network.skip_input_gradient()  # as training does
    rows, shares = [], []
    before = _bare_rate(trainer, x, labels, arguments.seconds)
    for number in range(1, arguments.rounds + 1):
        epoch = len(faces) / trainer.fit(batches, number)[-1].seconds
        after = _bare_rate(trainer, x, labels, arguments.seconds)
        bare = (before + after) / 2
        rows.append([str(number), f"{epoch:.0f}", f"{bare:.0f}", f"{epoch / bare:.1%}"])
        shares.append(epoch / bare)
        before = after
    print(f"\nimages per second, epochs of {len(faces)} faces in batches of {recipe.batch_size}")
    rows.append(["median", "", "", f"{statistics.median(shares):.1%}"])
    show("epoch", ["epoch", "whole epoch", "bare step", "share"], rows, arguments)
    return 0


def _bare_rate(trainer: Trainer, x: np.ndarray, labels: np.ndarray, seconds: float) -> float:
    """Return images per second of the median step (forward, loss, backward, Adam), repeated on one batch."""
    durations = []
    stop = time.perf_counter() + seconds
    while not durations or time.perf_counter() < stop:
        started = time.perf_counter()
        trainer.loss.forward(trainer.network.forward(x, training=True), labels)
        trainer.network.backward(trainer.loss.backward())
        trainer.optimizer.step(trainer.network.grads)
        durations.append(time.perf_counter() - started)
    return len(x) / statistics.median(durations)


if __name__ == "__main__":
    sys.exit(main())
