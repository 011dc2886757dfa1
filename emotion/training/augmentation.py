"""Data augmentation: random geometry, gamma correction, over- and under-exposure, cutout and degradation."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_NOISE = 0.07
"""Noise for a degradation of 1, as a fraction of the range of the pixels."""


@dataclass(frozen=True)
class Augmentation:
    """Parameters of the augmentation, which is random and independent for each face.

    rotation: standard deviation of the angle, in degrees.
    scale: standard deviation of the logarithm of the scale factor.
    shift: standard deviation of the translation, as a fraction of the face's side.
    mirror: probability of a horizontal flip.
    gamma: standard deviation of the logarithm of the gamma exponent.
    cutout: maximum side of the square painted over in half of the faces, as a fraction of the face's side (DeVries and
        Taylor, arXiv:1708.04552).
    degradation: standard deviation of the logarithm of the factor by which a face is reduced and enlarged again, which
        blurs it like a small face in a photograph; noise with a random strength of 7% of that follows.
    exposure: standard deviation of the logarithm of the factor by which a face is over- or under-exposed: its
        brightness or its darkness is multiplied, and what is then too bright or too dark is clipped to white or black.
    """

    rotation: float = 4.0
    scale: float = 0.04
    shift: float = 0.02
    mirror: float = 0.5
    gamma: float = 0.15
    cutout: float = 0.1
    degradation: float = 0.0
    exposure: float = 0.0

    @classmethod
    def of_strength(cls, strength: float, degradation: float = 0.0, exposure: float = 0.0) -> Augmentation:
        """Create an augmentation with all defaults multiplied by ``strength``, except ``mirror``, which 0 turns off."""
        default = cls()
        return cls(
            rotation=strength * default.rotation,
            scale=strength * default.scale,
            shift=strength * default.shift,
            mirror=default.mirror if strength else 0.0,
            gamma=strength * default.gamma,
            cutout=min(1.0, strength * default.cutout),
            degradation=degradation,
            exposure=exposure,
        )

    def __call__(self, faces: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return augmented copies of faces (N, S, S) uint8."""
        number, side = faces.shape[:2]
        augmented = np.empty_like(faces)
        transforms = self._transforms(number, side, rng)
        levels = np.linspace(0, 1, 256)[None] ** np.exp(rng.normal(0, self.gamma, (number, 1)))
        if self.exposure:
            levels = self._exposed(levels, rng)
        tables = np.rint(255 * levels).astype(np.uint8)
        corners, sizes = self._squares(number, side, rng)
        for n in range(number):
            warped = cv2.warpAffine(
                faces[n], transforms[n], (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            cv2.LUT(warped, tables[n], dst=augmented[n])
            (top, left), size = corners[n], sizes[n]
            if size:
                augmented[n, max(top, 0) : top + size, max(left, 0) : left + size] = augmented[n, side // 2, side // 2]
        return self._degraded(augmented, rng) if self.degradation else augmented

    def _transforms(self, number: int, side: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw affine transforms (N, 2, 3) about the centre of the face."""
        angle = np.deg2rad(rng.normal(0, self.rotation, number))
        scale = np.exp(rng.normal(0, self.scale, number))
        mirror = np.where(rng.random(number) < self.mirror, -1, 1)
        shift = rng.normal(0, self.shift * side, (number, 2))
        cosine, sine, middle = scale * np.cos(angle), scale * np.sin(angle), (side - 1) / 2
        linear = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]]).transpose(2, 0, 1)
        offset = middle + shift - linear @ np.full(2, middle)
        return np.concatenate([linear, offset[..., None]], axis=2)

    def _squares(self, number: int, side: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw corners (N, 2) and sides (N,) of the cutout squares; 0 for none. They may extend beyond the edge."""
        sizes = np.rint(rng.random(number) * self.cutout * side * rng.integers(0, 2, number)).astype(np.int64)
        return rng.integers(0, side, (number, 2)) - sizes[:, None] // 2, sizes

    def _exposed(self, levels: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return rows of levels from 0 to 1, about half of them over-exposed and the others under-exposed."""
        drawn = rng.normal(0, self.exposure, (len(levels), 1))
        factors = np.exp(np.abs(drawn))
        return np.where(drawn > 0, np.minimum(factors * levels, 1), 1 - np.minimum(factors * (1 - levels), 1))

    def _degraded(self, faces: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return the faces with random losses of resolution, and with noise."""
        number, side = faces.shape[:2]
        factors = np.exp(-np.abs(rng.normal(0, self.degradation, number)))
        reduced_sides = np.maximum(np.rint(side * factors), 1).astype(int)
        strengths = 255 * _NOISE * np.abs(rng.normal(0, self.degradation, number))
        noise = rng.standard_normal(faces.shape, np.float32) * strengths.astype(np.float32)[:, None, None]
        for n, reduced_side in enumerate(reduced_sides):
            reduced = cv2.resize(faces[n], (reduced_side, reduced_side), interpolation=cv2.INTER_AREA)
            noise[n] += cv2.resize(reduced, (side, side), interpolation=cv2.INTER_LINEAR)
        return np.clip(noise, 0, 255).astype(np.uint8)
