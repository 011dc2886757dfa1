"""Geometry of windows: TensorFlow's padding rule, other paddings, invalid arguments."""

from __future__ import annotations

import numpy as np
import pytest

from npcnn.layers.shapes import padding_pixels, pair, windows


def test_one_number_stands_for_two() -> None:
    assert pair(3, "stride") == (3, 3)
    assert pair((2, 5), "stride") == (2, 5)
    assert [type(n) for n in pair(np.int64(2), "stride")] == [int, int]


@pytest.mark.parametrize("value", [0, -1, (1, 0), (1,), (1, 2, 3), (1.5, 2), 2.5, None, "ab"])
def test_a_pair_needs_integers_of_at_least_one(value: object) -> None:
    with pytest.raises(ValueError, match="stride must be one or two integers of at least 1, got"):
        pair(value, "stride")


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "before", "after"),
    [  # along one side, as tf.nn.conv2d pads
        (64, 2, 1, 0, 1),
        (64, 3, 1, 1, 1),
        (64, 5, 1, 2, 2),
        (64, 4, 4, 0, 0),
        (16, 4, 4, 0, 0),
        (64, 3, 2, 0, 1),
        (65, 3, 2, 1, 1),
        (5, 4, 4, 1, 2),
        (7, 2, 2, 0, 1),
        (7, 1, 3, 0, 0),
        (1, 5, 1, 2, 2),
        (10, 7, 3, 3, 3),
        (224, 7, 2, 2, 3),
    ],
)
def test_same_is_the_rule_of_tensorflow(size: int, kernel: int, stride: int, before: int, after: int) -> None:
    vertical = padding_pixels("same", (size, 1), (kernel, 1), (stride, 1))
    horizontal = padding_pixels("same", (1, size), (1, kernel), (1, stride))
    assert vertical == (before, after, 0, 0)
    assert horizontal == (0, 0, before, after)
    assert windows((size + before + after, 1), (kernel, 1), (stride, 1), "a test")[0] == -(-size // stride)


@pytest.mark.parametrize(
    ("rule", "pixels"),
    [
        ("valid", (0, 0, 0, 0)),
        (2, (2, 2, 2, 2)),
        (np.int64(2), (2, 2, 2, 2)),
        ((3, 1), (3, 3, 1, 1)),
        ((1, 2, 3, 4), (1, 2, 3, 4)),
    ],
)
def test_other_rules(rule: object, pixels: tuple) -> None:
    assert padding_pixels(rule, (9, 9), (3, 3), (2, 2)) == pixels


@pytest.mark.parametrize("rule", ["SAME", "", -1, (1, 2, 3), (1, -1), 1.5, None])
def test_unknown_rules_are_refused(rule: object) -> None:
    with pytest.raises(ValueError, match="padding must be 'same', 'valid', or one, two or four integers"):
        padding_pixels(rule, (9, 9), (3, 3), (2, 2))


def test_a_remainder_that_fills_no_window_is_not_counted() -> None:
    assert windows((7, 8), (2, 3), (2, 2), "a test") == (3, 3)


@pytest.mark.parametrize("size", [(1, 9), (9, 2)])
def test_a_window_must_fit_at_least_once(size: tuple) -> None:
    with pytest.raises(ValueError, match=r"Conv2D: a window of \(2, 3\) does not fit"):
        windows(size, (2, 3), (1, 1), "Conv2D")
