"""How windows of a kernel or a pool fit on an image: sizes, strides, and the zeros around."""

from __future__ import annotations

from npcnn.reference import Padding, Pair, output_size

PaddingRule = str | int | Pair | Padding


def pair(value: int | Pair, name: str) -> Pair:
    """One number for both directions, or (down, across), as a pair. Raises ValueError unless both are at least 1."""
    values = (value, value) if isinstance(value, int) else tuple(value)
    if len(values) != 2 or any(not isinstance(v, int) or v < 1 for v in values):
        raise ValueError(f"{name} must be a whole number of at least 1, or two of them, got {value!r}")
    return values


def padding_pixels(rule: PaddingRule, size: Pair, kernel_size: Pair, stride: Pair) -> Padding:
    """Zeros added at (top, bottom, left, right) to an image of ``size`` (H, W). Raises ValueError for no known rule.

    "same" is TensorFlow's: as many as make the output ``ceil(size / stride)``, the odd one at the bottom and the right.
    """
    if rule == "valid":
        return 0, 0, 0, 0
    if rule == "same":
        sides: list[int] = []
        for n, k, s in zip(size, kernel_size, stride, strict=True):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides += [total // 2, total - total // 2]
        return tuple(sides)
    numbers = (rule,) if isinstance(rule, int) else rule
    if isinstance(numbers, tuple) and len(numbers) in (1, 2, 4) and all(isinstance(n, int) and n >= 0 for n in numbers):
        repeat = {1: (0, 0, 0, 0), 2: (0, 0, 1, 1), 4: (0, 1, 2, 3)}[len(numbers)]
        return tuple(numbers[i] for i in repeat)
    raise ValueError(f"padding must be 'same', 'valid', or one, two or four numbers of at least 0, got {rule!r}")


def windows(size: Pair, kernel_size: Pair, stride: Pair, name: str, padding: Padding = (0, 0, 0, 0)) -> Pair:
    """``output_size`` for the layer called ``name``. Raises ValueError when not even one window fits."""
    counts = output_size(size, kernel_size, stride, padding)
    if min(counts) < 1:
        raise ValueError(f"{name}: a window of {kernel_size} does not fit an image of {size} with padding {padding}")
    return counts
