"""The curves of a training."""

import math
from xml.etree import ElementTree

import pytest

from emotion.training.curves import draw_curves
from npcnn import Epoch

SVG = "{http://www.w3.org/2000/svg}"


def drawn(history):
    return ElementTree.fromstring(draw_curves(history, "a <title>"))


def points(root):
    return [
        [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        for line in root.iter(f"{SVG}polyline")
    ]


def test_curves_fall_and_rise_and_the_best_epoch_is_marked():
    history = [Epoch(e, 2.0 / e, e / 12, 1e-3, 1.0, 1 + (e - 4) ** 2, 0.5) for e in range(1, 11)]
    root = drawn(history)
    curves = points(root)
    assert [len(curve) for curve in curves] == [10] * 4
    assert curves[0][0][1] < curves[0][-1][1]  # y goes down
    assert curves[2][0][1] > curves[2][-1][1]
    assert all(0 < x < 760 and 80 < y < 290 for curve in curves for x, y in curve)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"a <title>", "training", "validation", "dashed: epoch 4, whose weights are kept"} <= set(texts)
    dashed = [line.get("x1") for line in root.iter(f"{SVG}line") if line.get("stroke-dasharray")]
    assert [float(x) for x in dashed] == pytest.approx([curves[0][3][0], curves[2][3][0]])


@pytest.mark.parametrize("loss", [0.0, 2.0, 1e-9, 5e4])
@pytest.mark.parametrize("accuracy", [0.0, 0.3, 1.0])
def test_flat_curves_and_single_epochs(loss, accuracy):
    root = drawn([Epoch(1, loss, accuracy, 1e-3, 1.0)])
    assert len(list(root.iter(f"{SVG}circle"))) == 2
    assert "validation" not in [text.text for text in root.iter(f"{SVG}text")]
    for curve in points(drawn([Epoch(e, loss, accuracy, 1e-3, 1.0) for e in range(1, 300)])):
        assert all(80 < y < 290 for _, y in curve)


def test_losses_that_are_no_numbers_are_left_out():
    history = [Epoch(e, 2.0, 0.5, 1e-3, 1.0, math.nan if e == 2 else 1.0, 0.5) for e in (1, 2, 3)]
    assert [len(curve) for curve in points(drawn(history))] == [3, 2, 3, 3]
