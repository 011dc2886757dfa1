"""Timelines: what is gathered, and the chart."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from emotion.annotation import COLOURS
from emotion.labels import EMOTIONS
from emotion.video.chart import MOST_PERSONS, draw_timeline
from emotion.video.timeline import Timeline

SVG = "{http://www.w3.org/2000/svg}"


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text for element in root.iter(f"{SVG}text")]


@pytest.fixture
def timeline(make_result) -> Timeline:
    """Ten seconds of two people; the second is away for three of them."""
    timeline = Timeline()
    for number in range(250):
        time = number / 25
        faces = {"happy": [1]} if time < 6 else {"anger": [1]}
        if not 4 <= time < 7:
            faces["sadness"] = [2]
        timeline.add(make_result(number, time, **faces))
    return timeline


def test_times_and_shares(timeline: Timeline) -> None:
    first, second = timeline.persons.values()
    assert (first.start, first.end, first.frames) == (0, 9.96, 250)
    assert first.shares() == pytest.approx({"happy": 0.6, "anger": 0.4}, abs=0.01)
    assert second.frames == 175
    assert second.shares() == {"sadness": 1}
    assert timeline.frame_seconds == pytest.approx(0.04)


def test_chart(timeline: Timeline) -> None:
    root = ElementTree.fromstring(draw_timeline(timeline, "Emotions in <a & b>\x1b"))
    words = texts(root)
    assert words[0] == root.findtext(f"{SVG}title") == "Emotions in <a & b>?"
    assert {*EMOTIONS, "person 1", "person 2", "10.0 s", "7.0 s", "0 s", "10 s"} <= set(words)
    assert [words.count(emotion) for emotion in ("happy", "anger", "sadness", "fear")] == [2, 2, 3, 1]  # with legend
    areas = {}
    for polygon in root.iter(f"{SVG}polygon"):
        points = [tuple(map(float, point.split(","))) for point in polygon.get("points").split()]
        area = abs(sum(a * d - b * c for (a, b), (c, d) in zip(points, points[1:] + points[:1], strict=True)) / 2)
        areas.setdefault(polygon.get("fill"), []).append(area)
        assert all(0 <= x <= 1100 and 0 <= y <= float(root.get("height")) for x, y in points)
    blue, green, red = COLOURS["happy"]
    happy = areas[f"#{red:02x}{green:02x}{blue:02x}"]
    assert len(happy) == 3  # the first person, and the second before and after
    one = 956 * 56  # pixels of a whole band
    assert happy[0] == pytest.approx(one * (0.6 * 0.65 + 0.4 * 0.05), rel=0.03)
    assert sum(map(sum, areas.values())) == pytest.approx(one * 1.7, rel=0.03)


def test_unusual_timelines(make_result) -> None:
    empty, crowd, slow = Timeline(), Timeline(), Timeline()
    empty.add(make_result(0, 0.0))
    assert "no face found" in texts(ElementTree.fromstring(draw_timeline(empty, "x")))
    for number in range(3):
        crowd.add(make_result(number, 3000.0 * number, happy=range(1 + number, MOST_PERSONS + 5)))
    words = texts(ElementTree.fromstring(draw_timeline(crowd, "x")))
    assert "4 more, seen for less time" in words
    assert "1:40:00" in words
    for number in range(20):
        slow.add(make_result(number, number / 2, happy=[1]))
    assert len(list(ElementTree.fromstring(draw_timeline(slow, "x")).iter(f"{SVG}polygon"))) == len(EMOTIONS)
