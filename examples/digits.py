"""Trains a small convolutional network to read digits.

Run it from the folder of the repository: ``python examples/digits.py``. By default it draws its own digits: shifted,
stretched and noisy. For images of your own, run ``python examples/digits.py --data FILE.npz``. The file must contain an
array x (N, H, W) or (N, C, H, W) and an array y (N,) of class labels from 0, in random order: the last fifth of the
images is used for validation. The first run compiles the kernels, which takes up to a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

import npcnn

GLYPHS = [  # 5 rows of 3 pixels each
    "### #.# #.# #.# ###",
    ".#. ##. .#. .#. ###",
    "### ..# ### #.. ###",
    "### ..# .## ..# ###",
    "#.# #.# ### ..# ..#",
    "### #.. ### ..# ###",
    "### #.. ### #.# ###",
    "### ..# .#. .#. .#.",
    "### #.# ### #.# ###",
    "### #.# ### ..# ###",
]


def draw_digits(count: int, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Images x (count, 1, 16, 16) of random digits and their labels y (count,)."""
    y = rng.integers(0, 10, count)
    x = rng.normal(0, 0.2, (count, 1, 16, 16))
    for image, label in zip(x, y, strict=True):
        glyph = np.array([[pixel == "#" for pixel in row] for row in GLYPHS[label].split()], float)
        glyph = glyph.repeat(rng.integers(2, 4), axis=0).repeat(rng.integers(2, 5), axis=1)
        (height, width), brightness = glyph.shape, rng.uniform(0.6, 1.2)
        top, left = rng.integers(0, 17 - height), rng.integers(0, 17 - width)
        image[0, top : top + height, left : left + width] += brightness * glyph
    return x, y


def load(path: str) -> tuple[NDArray, NDArray]:
    """Images x (N, C, H, W) and labels y (N,) of an .npz file. Ends the program with a message if they do not fit."""
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            x, y = arrays["x"], arrays["y"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        sys.exit(f"{path}: cannot read x and y ({error}); write the file with numpy.savez(path, x=images, y=labels)")
    x = x[:, None] if x.ndim == 3 else x
    if x.ndim != 4 or x.dtype.kind not in "biuf" or min(x.shape[2:]) < 4 or len(x) < 5:
        sys.exit(f"{path}: x must be at least 5 images (N, H, W) or (N, C, H, W) of 4x4 pixels or more, not {x.shape}")
    if y.shape != x.shape[:1] or y.dtype.kind not in "iu" or y.min() < 0:
        sys.exit(f"{path}: y must be one class label from 0 for each of the {len(x)} images")
    return x, y


def main() -> None:
    """Train, print one line per epoch, and show what the network says about the first images of the validation set."""
    parser = argparse.ArgumentParser(description="Train a small convolutional network to read digits.")
    parser.add_argument("--data", metavar="FILE.npz", help="images x and labels y; digits are drawn if not given")
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()

    rng = np.random.default_rng(0)
    x, y = load(options.data) if options.data else draw_digits(4000, rng)
    x = ((x - x.mean()) / (x.std() + 1e-8)).astype(np.float32)
    split = len(x) * 4 // 5

    features = [npcnn.Conv2D(x.shape[1], 8, 3, rng=rng), npcnn.ELU(), npcnn.MaxPool2D(2)]
    features += [npcnn.Conv2D(8, 16, 3, rng=rng), npcnn.ELU(), npcnn.MaxPool2D(2), npcnn.Flatten()]
    (inputs,) = npcnn.Sequential(*features).output_shape(x.shape[1:])
    network = npcnn.Sequential(*features, npcnn.Dropout(0.25, rng=rng), npcnn.Dense(inputs, int(y.max()) + 1, rng=rng))
    print(npcnn.summary(network, x.shape[1:]))

    trainer = npcnn.Trainer(
        network,
        npcnn.Adam(network.params, learning_rate=0.003),
        validation=(x[split:], y[split:]),
        rng=rng,
        on_epoch=lambda e: print(
            f"epoch {e.epoch}: loss {e.loss:.3f}, validation accuracy {e.validation_accuracy:.1%}"
        ),
    )
    trainer.fit(npcnn.ArrayBatches(x[:split], y[:split], batch_size=32), options.epochs)
    answers = npcnn.predict(network, x[split:]).argmax(axis=1)
    print("right answers:", *y[split : split + 10])
    print("network says: ", *answers[:10])
    print(f"validation accuracy: {(answers == y[split:]).mean():.1%}")


if __name__ == "__main__":
    main()
