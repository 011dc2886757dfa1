import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from emotion.confusion_figure import draw_confusion
from emotion.labels import EMOTIONS
from emotion.metrics import report

# Three neutral faces, two of them recognised; 300 happy ones, all but one of them; one fearful face.
LABELS = np.array([0, 0, 0, *[5] * 300, 4])
PREDICTIONS = np.array([0, 5, 0, *[5] * 299, 7, 1])
SVG = "{http://www.w3.org/2000/svg}"


def figure(title="data"):
    return ET.fromstring(draw_confusion(report(LABELS, PREDICTIONS), title))


def cells():
    """The fill of each cell, (8, 8), by its position."""
    rectangles = [
        r for r in figure().iter(f"{SVG}rect") if r.get("width") == r.get("height") and r.get("fill") != "none"
    ]
    assert len(rectangles) == 64
    return np.array([r.get("fill") for r in rectangles]).reshape(8, 8)


def lightness(color):
    return sum(int(color[i : i + 2], 16) for i in (1, 3, 5))


def test_shade_is_the_share_of_the_row():
    fills = cells()
    assert fills[4, 1] == "#08306b"  # all fearful faces are taken for angry
    assert lightness(fills[0, 5]) > lightness(fills[0, 0]) > lightness(fills[5, 5])
    assert fills[0, 1] == "#ffffff"
    assert len(set(fills[1])) == 1  # no angry faces: neither light nor dark
    assert fills[1, 0] not in ("#ffffff", "#08306b")


def test_all_figures_are_written():
    texts = [text.text for text in figure("faces <of> A & B").iter(f"{SVG}text")]
    assert texts[0] == "faces <of> A & B"
    assert "accuracy 99.0%, macro recall 55.4%, 304 faces" in texts
    assert all(texts.count(emotion) == 2 for emotion in EMOTIONS)
    assert {"67%", "33%", "<1%", "100%", "299", "300"} <= set(texts)


def luminance(color):
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("right", range(1, 101))
def test_text_is_readable_on_its_cell(right):
    """The guidelines ask for a contrast of 4.5 to 1."""
    figures = report(np.zeros(100, int), np.repeat([0, 5], [right, 100 - right]))
    svg = draw_confusion(figures, "")
    cell = re.search(r'<rect x="122" y="96" [^>]*fill="(#\w+)"', svg)[1]
    ink = re.search(rf'fill="(#\w+)" text-anchor="middle">{right}%<', svg)[1]
    dark, light = sorted([luminance(cell), luminance(ink)])
    assert (light + 0.05) / (dark + 0.05) > 4.5


def test_long_title_is_squeezed():
    title = "a data set with a very long name, " * 10
    assert "textLength" not in draw_confusion(report(LABELS, PREDICTIONS), "short")
    assert "textLength" in draw_confusion(report(LABELS, PREDICTIONS), title)
