"""How the accuracy depends on brightness, exposure, sharpness, framing and orientation of the faces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emotion.datasets.dataset import FaceDataset
from emotion.metrics import Report, report
from emotion.preprocessing import resize_face

Faces = NDArray[np.uint8]
"""N faces, (N, S, S)."""


@dataclass(frozen=True)
class Slice:
    """The figures of one part of the faces, or of all faces after a change.

    changed: the share of answers that differ from those for the unchanged faces; NaN for a part of the faces.
    """

    name: str
    figures: Report
    changed: float


def measure_slices(
    faces: FaceDataset,
    predictions: NDArray[np.integer],
    classify: Callable[[Faces], NDArray[np.integer]],
    track: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> list[Slice]:
    """Measure the thirds of ``faces`` by brightness, and all faces after each of ``CHANGES``.

    predictions: the predicted classes (N,) of the unchanged faces.
    classify: returns the predicted classes (N,) of faces.
    track: wraps the names of the changes, to show progress.
    """
    slices = [
        Slice(name, report(faces.labels[members], predictions[members]), np.nan)
        for name, members in brightness_thirds(faces.faces).items()
        if len(members)
    ]
    for name in track(CHANGES):
        answers = classify(CHANGES[name](faces.faces))
        slices.append(Slice(name, report(faces.labels, answers), float(np.mean(answers != predictions))))
    return slices


def brightness_thirds(faces: Faces) -> dict[str, NDArray[np.intp]]:
    """Return the indices of the darkest, the medium and the brightest third of the faces, by mean gray level."""
    order = np.argsort(faces.mean(axis=(1, 2)), kind="stable")
    return dict(zip(("dark third", "medium third", "bright third"), np.array_split(order, 3), strict=True))


def format_slices(slices: list[Slice], figures: Report) -> str:
    """Format the slices as a table; ``figures`` are those of all unchanged faces, the base of the differences."""
    lines = [f"{'':<24}{'faces':>7}{'accuracy':>10}{'change':>9}{'macro recall':>14}{'other answers':>15}"]
    for name, part, changed in [("all faces", figures, np.nan), *((s.name, s.figures, s.changed) for s in slices)]:
        change = "-" if part is figures else f"{100 * (part.accuracy - figures.accuracy):+.1f}"
        other = "-" if np.isnan(changed) else f"{changed:.1%}"
        lines.append(
            f"{name:<24}{part.support.sum():>7}{part.accuracy:>10.1%}{change:>9}{part.macro_recall:>14.1%}{other:>15}"
        )
    return "\n".join(lines)


def _reduced(side: int) -> Callable[[Faces], Faces]:
    """Reduce faces to ``side`` pixels and enlarge them again, as if they had been that small in the picture."""
    return lambda faces: np.stack([resize_face(resize_face(face, side), faces.shape[-1]) for face in faces])


def _over_exposed(factor: float) -> Callable[[Faces], Faces]:
    """Multiply the brightness of faces; what is then too bright becomes white."""
    return lambda faces: np.minimum(np.rint(faces * factor), 255).astype(np.uint8)


def _under_exposed(factor: float) -> Callable[[Faces], Faces]:
    """Multiply the darkness of faces, the difference from white; what is then too dark becomes black."""
    over_exposed = _over_exposed(factor)
    return lambda faces: 255 - over_exposed(255 - faces)


def _moved(x: float = 0.0, y: float = 0.0, scale: float = 1.0, degrees: float = 0.0) -> Callable[[Faces], Faces]:
    """Shift faces by fractions of their side, scale them and rotate them anticlockwise about their centre.

    What lies outside the crop is unknown, so the pixels of its border are repeated.
    """

    def move(faces: Faces) -> Faces:
        side = faces.shape[-1]
        middle = (side - 1) / 2
        transform = cv2.getRotationMatrix2D((middle, middle), degrees, scale)
        transform[:, 2] += x * side, y * side
        return np.stack(
            [
                cv2.warpAffine(face, transform, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                for face in faces
            ]
        )

    return move


CHANGES: dict[str, Callable[[Faces], Faces]] = {
    "over-exposed by 1.5": _over_exposed(1.5),
    "under-exposed by 1.5": _under_exposed(1.5),
    "reduced to 32 pixels": _reduced(32),
    "reduced to 24 pixels": _reduced(24),
    "shifted left by 5%": _moved(x=-0.05),
    "shifted right by 5%": _moved(x=0.05),
    "shifted up by 5%": _moved(y=-0.05),
    "shifted down by 5%": _moved(y=0.05),
    "zoomed in by 10%": _moved(scale=1.1),
    "zoomed out by 10%": _moved(scale=0.9),
    "rotated left by 10°": _moved(degrees=10),
    "rotated right by 10°": _moved(degrees=-10),
    "mirrored": lambda faces: np.ascontiguousarray(faces[:, :, ::-1]),
}
"""Functions from faces (N, S, S) to changed ones of the same shape, by name."""
