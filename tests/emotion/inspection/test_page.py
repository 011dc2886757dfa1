"""The page: well-formed, complete, self-contained, and not too large."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest

from emotion.inspection.diagram import anchor, diagram
from emotion.inspection.page import inspection_page
from emotion.inspection.tracing import trace
from emotion.labels import EMOTIONS
from emotion.metadata import Metadata
from emotion.networks import NETWORKS, build_network, input_shape
from emotion.recognizer import EmotionRecognizer
from emotion.synthetic import load_drawn


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A drawn face, (64, 64) uint8."""
    return load_drawn(1, seed=0).faces[5]


@pytest.fixture(scope="module", params=NETWORKS)
def recognizer(request: pytest.FixtureRequest) -> EmotionRecognizer:
    """A recogniser with random weights, for each network."""
    metadata = Metadata(request.param, input_shape(request.param)[1], temperature=1.5)
    return EmotionRecognizer(build_network(request.param, 0), metadata)


@pytest.fixture(scope="module")
def page(recognizer: EmotionRecognizer, face: np.ndarray) -> str:
    """The page about one face; the title contains markup."""
    return inspection_page(recognizer, face, "<b>photo & co.png")


def test_page_is_well_formed_and_self_contained(page: str, read_html: Callable) -> None:
    outline = read_html(page)
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert all(link.startswith("#") for link in outline.links)
    assert outline.sources
    assert all(source.startswith("data:image/png;base64,") for source in outline.sources)
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;photo &amp; co.png" in page
    assert len(page) < 3_000_000


def test_page_needs_no_compiler(run_python: Callable[..., str]) -> None:
    program = """
import sys
import numpy as np
from emotion.inspection.page import inspection_page
from emotion.networks.original import build_network
from emotion.recognizer import EmotionRecognizer
page = inspection_page(EmotionRecognizer(build_network(0)), np.eye(48, dtype=np.uint8), "face")
print(len(page) > 10_000, "numba" in sys.modules)
"""
    assert run_python(program) == "True False"


def test_every_layer_has_a_section_and_a_link(page: str, recognizer: EmotionRecognizer, read_html: Callable) -> None:
    outline = read_html(page)
    steps = trace(recognizer.network, np.zeros((1, *input_shape(recognizer.metadata.network)), np.float32))
    anchors = [anchor(step.name) for step in steps]
    assert outline.ids == ["contents", "face", *anchors, "answer"]
    assert {f"#{name}" for name in anchors} <= set(outline.links)
    for step in steps:
        section = re.search(f'<section id="{anchor(step.name)}">(.*?)</section>', page, re.DOTALL)[1]
        assert "<img" in section
        if step.parameters:
            assert f"{step.parameters:,} parameters" in section
        assert "x".join(map(str, step.output.shape[1:])) in section


def test_probabilities_are_those_of_the_recognizer(page: str, recognizer: EmotionRecognizer, face: np.ndarray) -> None:
    section = page[page.index("<tbody>") :]
    rows = re.findall(r"<tr[^>]*><th>(\w+)</th>(.*?)</tr>", section)
    assert [name for name, _ in rows] == list(EMOTIONS)
    numbers = np.array([re.findall(r"<td>([-\d.]+)%?</td>", row) for _, row in rows], float)
    probabilities = recognizer.classify([face])[0]
    np.testing.assert_allclose(numbers[:, 0], 100 * probabilities, atol=0.051)
    np.testing.assert_allclose(numbers[:, 1:3].mean(axis=1), recognizer.logits([face])[0], atol=0.011)
    exponentials = np.exp(numbers[:, 3])
    np.testing.assert_allclose(exponentials / exponentials.sum(), probabilities, atol=0.01)
    assert "at least 80%. Otherwise it averages the logits of 8 other crops" in page
    assert re.search(r'<tr class="answer"><th>(\w+)', section)[1] == EMOTIONS[probabilities.argmax()]


def test_diagram_has_a_box_for_every_layer_within_its_frame(recognizer: EmotionRecognizer) -> None:
    shape = input_shape(recognizer.metadata.network)
    svg = ElementTree.fromstring(diagram(recognizer.network, shape))
    left, top, width, height = map(float, svg.get("viewBox").split())
    boxes = [tuple(float(rect.get(key)) for key in ("x", "y", "width", "height")) for rect in svg.iter("rect")]
    assert len(boxes) == len(trace(recognizer.network, np.zeros((1, *shape), np.float32))) + 2
    for x, y, w, h in boxes:
        assert left <= x < x + w <= left + width
        assert top <= y < y + h <= top + height
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, s, t in boxes[:i]:
            assert x + w <= u or u + s <= x or y + h <= v or v + t <= y  # no two overlap
