"""The same face as another photograph might have shown it: turned, moved, mirrored, lit otherwise, partly hidden."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Augmentation:
    """How far a face may be changed; each change is drawn anew for each face.

    rotation: degrees, standard deviation. scale: logarithm, standard deviation. shift: share of the face's side,
    standard deviation. mirror: probability of left and right changing places. gamma: logarithm of the exponent that
    lightens or darkens, standard deviation. hidden: the side of a square painted over, at most, as a share of the
    face's side; it is there for every second face (DeVries and Taylor, arXiv:1708.04552).
    """

    rotation: float = 4.0
    scale: float = 0.04
    shift: float = 0.02
    mirror: float = 0.5
    gamma: float = 0.15
    hidden: float = 0.1

    @classmethod
    def of_strength(cls, strength: float) -> Augmentation:
        """The usual spreads times ``strength``; mirrored as often as ever."""
        usual = cls()
        return cls(
            rotation=strength * usual.rotation,
            scale=strength * usual.scale,
            shift=strength * usual.shift,
            gamma=strength * usual.gamma,
            hidden=min(1.0, strength * usual.hidden),
        )

    def __call__(self, faces: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Changed copies of faces (N, S, S)."""
        number, side = faces.shape[:2]
        changed = np.empty_like(faces)
        transforms = self._transforms(number, side, rng)
        levels = np.linspace(0, 1, 256)[None] ** np.exp(rng.normal(0, self.gamma, (number, 1)))
        tables = np.rint(255 * levels).astype(np.uint8)
        corners, sizes = self._squares(number, side, rng)
        for n in range(number):
            turned = cv2.warpAffine(
                faces[n], transforms[n], (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            cv2.LUT(turned, tables[n], dst=changed[n])
            (top, left), size = corners[n], sizes[n]
            if size:
                changed[n, max(top, 0) : top + size, max(left, 0) : left + size] = changed[n, side // 2, side // 2]
        return changed

    def _transforms(self, number: int, side: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Affine maps (N, 2, 3) of pixels about the middle of the face."""
        angle = np.deg2rad(rng.normal(0, self.rotation, number))
        scale = np.exp(rng.normal(0, self.scale, number))
        mirror = np.where(rng.random(number) < self.mirror, -1, 1)
        shift = rng.normal(0, self.shift * side, (number, 2))
        cosine, sine, middle = scale * np.cos(angle), scale * np.sin(angle), (side - 1) / 2
        turn = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]]).transpose(2, 0, 1)
        offset = middle + shift - turn @ np.full(2, middle)
        return np.concatenate([turn, offset[..., None]], axis=2)

    def _squares(self, number: int, side: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Corners (N, 2) and sides (N,) of the squares painted over; 0 for none. They may reach over the edge."""
        sizes = np.rint(rng.random(number) * self.hidden * side * rng.integers(0, 2, number)).astype(np.int64)
        return rng.integers(0, side, (number, 2)) - sizes[:, None] // 2, sizes
