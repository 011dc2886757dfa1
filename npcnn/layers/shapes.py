"""Geometry of windows on an image: kernel sizes, strides, padding, output sizes."""

from __future__ import annotations

from numbers import Integral

from npcnn.reference import Padding, Pair, output_size

PaddingRule = str | int | Pair | Padding


def pair(value: int | Pair, name: str) -> Pair:
    """``value``, or (vertical, horizontal), as a pair of integers. Raises ValueError unless both are at least 1."""
    values = value if isinstance(value, tuple | list) else (value, value)
    if len(values) != 2 or any(not isinstance(v, Integral) or v < 1 for v in values):
        raise ValueError(f"{name} must be one or two integers of at least 1, got {value!r}")
    return int(values[0]), int(values[1])


def padding_pixels(rule: PaddingRule, size: Pair, kernel_size: Pair, stride: Pair) -> Padding:
    """Zeros added to an image of ``size`` (H, W) at (top, bottom, left, right). Raises ValueError for unknown rules.

    "same" is TensorFlow's rule: the output has size ``ceil(size / stride)``, an odd zero is at the bottom or right.
    """
    if rule == "valid":
        return 0, 0, 0, 0
    if rule == "same":
        sides: list[int] = []
        for n, k, s in zip(size, kernel_size, stride, strict=True):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides += [total // 2, total - total // 2]
        return tuple(sides)
    pixels = rule if isinstance(rule, tuple) else (rule,)
    if len(pixels) in (1, 2, 4) and all(isinstance(n, Integral) and n >= 0 for n in pixels):
        repeat = {1: (0, 0, 0, 0), 2: (0, 0, 1, 1), 4: (0, 1, 2, 3)}[len(pixels)]
        return tuple(int(pixels[i]) for i in repeat)
    raise ValueError(f"padding must be 'same', 'valid', or one, two or four integers of at least 0, got {rule!r}")


def windows(size: Pair, kernel_size: Pair, stride: Pair, name: str, padding: Padding = (0, 0, 0, 0)) -> Pair:
    """``output_size`` for the layer called ``name``. Raises ValueError if not even one window fits."""
    counts = output_size(size, kernel_size, stride, padding)
    if min(counts) < 1:
        raise ValueError(f"{name}: a window of {kernel_size} does not fit an image of {size} with padding {padding}")
    return counts
