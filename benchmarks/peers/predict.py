"""Predict one picture with another framework: ``python -m benchmarks.peers.predict PEER PICTURE WEIGHTS``.

Does the same as ``scripts/predict.py``, with the same cascade and crops, but with a peer's network.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.machine import processors
from benchmarks.peers import Contender
from emotion.cropping import MIRRORED, crops_around
from emotion.detection import locate_faces
from emotion.labels import EMOTIONS
from emotion.pictures import read_gray
from emotion.preprocessing import prepare_faces

EAGER = {
    "pytorch": Contender("PyTorch", ("pytorch_peer", "PyTorchPeer"), ("eager",), ("torch",)),
    "tensorflow": Contender("TensorFlow", ("tensorflow_peer", "TensorFlowPeer"), ("eager",), ("tensorflow",)),
}
"""Configurations without compilation or tracing, which do not pay off for one picture."""


def main(name: str, picture: str, weights: str) -> None:
    """Print the emotion of each face in a picture."""
    with np.load(weights, allow_pickle=False) as arrays:
        parameters = {key: array for key, array in arrays.items() if key != "metadata"}
    peer = EAGER[name].create("original", parameters, processors())
    gray = read_gray(picture)
    detections = locate_faces(gray)
    faces = prepare_faces([crop for detection in detections for crop in crops_around(gray, detection.box)])
    if detections:
        mirrored = np.array(MIRRORED * len(detections))
        faces[mirrored] = faces[mirrored, ..., ::-1]
        logits = peer.infer(peer.native(faces)).reshape(len(detections), len(MIRRORED), len(EMOTIONS))
        exponentials = np.exp(logits.mean(axis=1))
        for detection, row in zip(detections, exponentials / exponentials.sum(axis=1, keepdims=True), strict=True):
            print(f"{EMOTIONS[row.argmax()]} {row.max():.1%} at {detection.box}")


if __name__ == "__main__":
    main(*sys.argv[1:])
