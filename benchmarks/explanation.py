"""Measure explanations: how much of an answer is lost without the pixels that they name, and remains with only those.

Pixels are removed by setting them to the mean of the face. The better an explanation, the lower the probability of the
answer after its pixels are removed, and the higher after all others are (deletion and insertion: Petsiuk et al.,
arXiv:1806.07421).
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.options import parser, positive
from benchmarks.tables import show
from emotion.datasets import load_dataset
from emotion.networks import explained_layer
from emotion.preprocessing import prepare_faces
from emotion.recognizer import EmotionRecognizer
from npcnn import class_activation_map, compile_network, set_thread_count, softmax

SHARES = 0.1, 0.25, 0.5
"""Shares of the pixels that are removed or kept."""


def main() -> None:
    """Explain the answers for some faces with both methods, and print a table."""
    options = parser("benchmarks.explanation", __doc__.splitlines()[0])
    options.add_argument("--data", required=True, metavar="PATH", help="labelled faces")
    options.add_argument("--weights", type=Path, metavar="FILE", help="trained weights (default: the included ones)")
    options.add_argument("--faces", type=positive, default=500, help="number of faces (default: 500)")
    measure(options.parse_args())


def measure(arguments: Namespace) -> None:
    """Measure according to the command's arguments."""
    set_thread_count(arguments.threads)
    rng = np.random.default_rng(arguments.seed)
    recognizer = EmotionRecognizer.load(arguments.weights)
    size, network = recognizer.metadata.input_size, recognizer.network
    faces = load_dataset(arguments.data, size=size).faces
    chosen = rng.choice(len(faces), min(arguments.faces, len(faces)), replace=False)
    x = prepare_faces(faces[chosen], size)
    logits = compile_network(network, (1, size, size)).predict
    classes = logits(x).argmax(axis=1)

    def probability(x: NDArray) -> float:
        return float(softmax(logits(x))[np.arange(len(x)), classes].mean())

    layer = explained_layer(recognizer.metadata.network)
    maps = {
        "gradients as they are (HiResCAM)": class_activation_map(network, x, classes, layer),
        "gradients averaged (Grad-CAM)": class_activation_map(network, x, classes, layer, average_gradients=True),
        "random positions": rng.standard_normal((len(x), 6, 6), np.float32),
    }
    header = ["explanation", *(f"{share:.0%} {what}" for what in ("removed", "kept") for share in SHARES)]
    rows = [[name, *(f"{value:.1%}" for value in _lost_and_kept(x, heat, probability))] for name, heat in maps.items()]
    print(f"{len(x)} faces; mean probability of the answer with all pixels: {probability(x):.1%}")
    show(f"explanation-{recognizer.metadata.network}", header, rows, arguments)


def _lost_and_kept(x: NDArray, heat: NDArray, probability: Callable[[NDArray], float]) -> list[float]:
    """Return the probabilities without the pixels of highest heat, then those with only these, for each share."""
    size = x.shape[2:]
    heat = np.stack([cv2.resize(of_face, size, interpolation=cv2.INTER_LINEAR) for of_face in heat])
    ranks = (-heat.reshape(len(x), -1)).argsort(axis=1, kind="stable").argsort(axis=1).reshape(x.shape)
    named = [ranks < share * heat[0].size for share in SHARES]
    zero = x.dtype.type(0)
    return [probability(np.where(here, zero, x)) for here in named] + [
        probability(np.where(here, x, zero)) for here in named
    ]


if __name__ == "__main__":
    main()
