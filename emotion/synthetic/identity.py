"""The identity of a drawn person: all parameters that do not depend on the expression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]
"""Blue, green and red, each from 0 to 255."""

_SKINS = (
    (184, 202, 236),
    (164, 188, 228),
    (136, 168, 218),
    (106, 140, 192),
    (78, 108, 158),
    (68, 92, 140),
    (56, 76, 118),
)
_HAIRS = ((24, 24, 28), (30, 36, 48), (36, 52, 78), (48, 80, 120), (88, 140, 186), (40, 74, 142), (44, 56, 104))
_GRAYS = ((150, 154, 158), (206, 208, 210))
_IRISES = ((30, 48, 76), (36, 62, 98), (84, 118, 112), (150, 126, 88), (136, 132, 118))
_CLOTHES = ((128, 86, 48), (88, 108, 66), (62, 62, 148), (150, 150, 144), (58, 50, 46), (206, 200, 190), (150, 96, 120))


@dataclass(frozen=True)
class Hair:
    """A hair style, in face units (distance between the pupils = 1).

    top, side: thickness above and beside the skull.
    end: vertical position of the lower end, measured down from the eyes.
    hairline: vertical position of the hairline.
    parting: horizontal position of the parting, -1 to 1.
    curl: waviness of the outline.
    """

    top: float
    side: float
    end: float
    hairline: float
    parting: float = 0.0
    curl: float = 0.0


_SHORT_HAIRS = (
    Hair(0.03, 0.0, -0.25, -1.2),
    Hair(0.2, 0.06, -0.05, -1.05, 0.5),
    Hair(0.3, 0.1, 0.05, -0.95, -0.6),
    Hair(0.16, 0.04, -0.15, -1.35),
    Hair(0.3, 0.16, 0.1, -1.0, 0.0, 0.8),
)
_LONG_HAIRS = (
    Hair(0.2, 0.24, 1.45, -1.0, 0.45),
    Hair(0.22, 0.2, 2.6, -1.1, 0.0),
    Hair(0.2, 0.26, 2.3, -1.0, -0.5, 0.5),
    Hair(0.42, 0.42, 1.0, -1.0, 0.0, 1.0),
    Hair(0.16, 0.05, 0.1, -1.15, 0.2),
    Hair(0.2, 0.2, 1.2, -0.72, 0.0),
)


@dataclass(frozen=True)
class Identity:
    """The parameters of one person. Proportions are factors around 1, amounts range from 0 to 1, colours are BGR."""

    head_width: float
    jaw_width: float
    chin_height: float
    age: float
    skin: Colour
    hair: Hair | None
    hair_colour: Colour
    brow_thickness: float
    brow_arch: float
    brow_height: float
    eye_size: float
    eye_tilt: float
    eye_spacing: float
    iris: Colour
    lashes: float
    nose_width: float
    nose_length: float
    mouth_width: float
    lip_fullness: float
    lip_colour: float
    moustache: float
    beard: float
    glasses: str
    clothes: Colour
    texture_seed: int


def random_identity(rng: np.random.Generator) -> Identity:
    """Draw a random person. The result depends only on the state of the generator."""
    age = float(rng.beta(1.2, 1.6))
    skin = _between(_SKINS, rng)
    darkness = 1.0 - (skin.mean() - 60.0) / 160.0
    masculine = rng.random() < 0.5
    styles = _SHORT_HAIRS if masculine else _LONG_HAIRS
    bald = masculine and rng.random() < 0.05 + 0.15 * age
    hair = _HAIRS[rng.integers(3 if darkness > 0.45 else len(_HAIRS))]
    grayness = float(np.clip((age - 0.55) * 2.5 * rng.uniform(0.3, 1.2), 0.0, 1.0))
    hair_colour = _mix(_jitter(hair, 0.06, rng), _between(_GRAYS, rng), grayness)
    bearded = masculine and rng.random() < 0.3
    return Identity(
        head_width=rng.normal(1.0, 0.04),
        jaw_width=rng.normal(1.03 if masculine else 0.96, 0.05),
        chin_height=rng.normal(1.02 if masculine else 0.98, 0.03),
        age=age,
        skin=skin,
        hair=None if bald else styles[rng.integers(len(styles))],
        hair_colour=hair_colour,
        brow_thickness=float(np.clip(rng.normal(1.15 if masculine else 0.85, 0.2), 0.5, 1.6)),
        brow_arch=rng.normal(0.9 if masculine else 1.15, 0.2),
        brow_height=rng.normal(0.0, 0.025),
        eye_size=rng.normal(0.98 if masculine else 1.05, 0.05),
        eye_tilt=rng.normal(0.03, 0.03),
        eye_spacing=rng.normal(1.0, 0.03),
        iris=_jitter(_IRISES[rng.integers(2 if darkness > 0.45 else len(_IRISES))], 0.12, rng),
        lashes=rng.uniform(0.0, 0.4) if masculine else rng.uniform(0.4, 1.0),
        nose_width=rng.normal(1.0 + 0.15 * darkness, 0.08),
        nose_length=rng.normal(1.0, 0.05),
        mouth_width=rng.normal(1.0, 0.06),
        lip_fullness=float(np.clip(rng.normal(0.85 + 0.45 * darkness - 0.15 * age, 0.12), 0.55, 1.6)),
        lip_colour=rng.uniform(0.0, 0.25) if masculine else rng.uniform(0.1, 0.9),
        moustache=rng.uniform(0.6, 1.0) if bearded else 0.0,
        beard=rng.uniform(0.2, 1.0) if bearded and rng.random() < 0.8 else 0.0,
        glasses=str(rng.choice(["none", "round", "square"], p=[0.8, 0.1, 0.1])),
        clothes=_jitter(_CLOTHES[rng.integers(len(_CLOTHES))], 0.2, rng),
        texture_seed=int(rng.integers(2**31)),
    )


def _between(colours: tuple, rng: np.random.Generator) -> Colour:
    position = rng.uniform(0.0, len(colours) - 1)
    first = min(int(position), len(colours) - 2)
    return _mix(np.array(colours[first]), np.array(colours[first + 1]), position - first)


def _jitter(colour: tuple, amount: float, rng: np.random.Generator) -> Colour:
    return np.clip(np.array(colour) * rng.uniform(1 - amount, 1 + amount, 3), 0, 255).astype(np.float32)


def _mix(first: NDArray, second: NDArray, share: float) -> Colour:
    return (first * (1.0 - share) + second * share).astype(np.float32)
