"""A timeline drawn as SVG: a band for each person, whose colours are the probabilities of the emotions over time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.annotation import hex_colour
from emotion.files import replacing, writing
from emotion.labels import EMOTIONS
from emotion.pages.svg import LINE, MUTED, svg_document, svg_text
from emotion.video.timeline import INTERVAL, Person, Timeline

MOST_PERSONS = 40
"""Persons that are drawn: those that were seen for longest."""

_WIDTH, _LEFT, _RIGHT = 1100, 120, 24
_TOP, _BAND, _PITCH, _BOTTOM = 96, 56, 76, 48  # height above, of a band, from band to band, below
_COLUMNS = 480  # at most, over the whole time
_NAMED = 76  # width of the shortest stretch of an emotion that gets its name, in pixels
_TICKS = 10  # at most
_TITLE = 70  # characters, at most
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)


@contextmanager
def written_timeline(path: Path, timeline: Timeline, title: str) -> Iterator[None]:
    """Draw the timeline, as it is at the end of the context, to an SVG file that appears complete.

    After an exception, nothing is written. Raises InputError if the file cannot be written: at the beginning if its
    folder does not exist or is not writable, at the end if writing failed.
    """
    with replacing(path) as temporary:
        yield
        with writing(path):
            temporary.write_text(draw_timeline(timeline, title), encoding="utf-8")


def draw_timeline(timeline: Timeline, title: str) -> str:
    """Return a timeline as the text of an SVG file.

    Each person has a band, as long as the video. At each time, it is divided from top to bottom among the emotions by
    their probabilities, in the colours of `emotion.annotation`; it is empty where the face is not found. Where one
    emotion is the most probable for long, its name is written.
    """
    persons = sorted(timeline.persons.values(), key=lambda person: (-person.frames, person.id))[:MOST_PERSONS]
    persons.sort(key=lambda person: person.id)
    height = _TOP + _PITCH * max(len(persons), 1) + _BOTTOM
    duration = timeline.end - timeline.start + timeline.frame_seconds
    step = max(1, math.ceil(duration / INTERVAL / _COLUMNS))
    parts = [
        svg_text(24, 30, title if len(title) <= _TITLE else f"{title[:_TITLE]}...", 17, weight="bold"),
        *_legend(),
        *_axis(timeline.start, duration, height - _BOTTOM),
    ]
    for row, person in enumerate(persons):
        parts += _band(person, timeline, duration, _TOP + row * _PITCH, step)
    left_out = len(timeline.persons) - len(persons)
    if not persons:
        parts.append(svg_text(_LEFT, _TOP + _BAND / 2, "no face found", 14, MUTED))
    if left_out:
        parts.append(svg_text(_WIDTH - _RIGHT, 30, f"{left_out} more, seen for less time", 13, MUTED, "end"))
    return svg_document(_WIDTH, height, title, parts)


def _legend() -> Iterator[str]:
    width = (_WIDTH - 24 - _RIGHT) / len(EMOTIONS)
    for index, emotion in enumerate(EMOTIONS):
        x = 24 + index * width
        yield f'<rect x="{x:g}" y="50" width="16" height="16" fill="{hex_colour(emotion)}" stroke="{LINE}"/>'
        yield svg_text(x + 23, 58, emotion, 14)


def _axis(start: float, duration: float, y: float) -> Iterator[str]:
    step = next((step for step in _STEPS if duration / step <= _TICKS), 10 ** math.ceil(math.log10(duration / _TICKS)))
    for number in range(math.ceil(start / step), math.floor((start + duration) / step) + 1):
        x = _position(number * step, start, duration)
        yield f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{y:g}" stroke="{LINE}" stroke-dasharray="2 4"/>'
        yield svg_text(x, y + 14, _clock(number * step, step), 13, MUTED, "middle")


def _band(person: Person, timeline: Timeline, duration: float, top: float, step: int) -> Iterator[str]:
    def x(time: float) -> float:
        return _position(time, timeline.start, duration)

    yield svg_text(_LEFT - 12, top + 20, f"person {person.id}", 14, anchor="end")
    yield svg_text(_LEFT - 12, top + 40, f"{person.frames * timeline.frame_seconds:.1f} s", 12, MUTED, "end")
    width = _WIDTH - _LEFT - _RIGHT
    yield f'<rect x="{_LEFT}" y="{top:g}" width="{width}" height="{_BAND}" fill="none" stroke="{LINE}"/>'
    for stretch in _stretches(person, timeline.frame_seconds, step):
        yield from _areas([x(edge) for edge in stretch.edges], stretch.means, top)
        for emotion, begin, end in stretch.winners():
            if x(end) - x(begin) >= _NAMED:
                yield svg_text((x(begin) + x(end)) / 2, top + _BAND / 2, emotion, 14, anchor="middle", outlined=True)


class _Stretch(NamedTuple):
    """A time in which a face was seen without interruption: means (N, 8) between N + 1 edges, in seconds."""

    edges: list[float]
    means: NDArray[np.float64]

    def winners(self) -> Iterator[tuple[str, float, float]]:
        """Yield each emotion that is the most probable one for a while, with its begin and end."""
        best = self.means.argmax(axis=1)
        changes = [0, *np.flatnonzero(np.diff(best)) + 1, len(best)]
        for begin, end in pairwise(changes):
            yield EMOTIONS[best[begin]], self.edges[begin], self.edges[end]


def _stretches(person: Person, frame_seconds: float, step: int) -> Iterator[_Stretch]:
    """Divide the time in which a face was seen where it was not."""
    width = step * INTERVAL
    starts, means = map(list, zip(*person.means(step), strict=True))
    gaps = [i for i in range(1, len(starts)) if starts[i] - starts[i - 1] > 1.5 * width + 2 * frame_seconds]
    for begin, end in pairwise([0, *gaps, len(starts)]):
        yield _Stretch([*starts[begin:end], starts[end - 1] + max(width, frame_seconds)], np.array(means[begin:end]))


def _areas(edges: list[float], means: NDArray[np.float64], top: float) -> Iterator[str]:
    """Stacked areas: one for each emotion; ``means`` (columns, 8) between ``edges``."""
    bounds = top + _BAND * np.concatenate([np.zeros((len(means), 1)), means.cumsum(axis=1)], axis=1)
    for index, emotion in enumerate(EMOTIONS):
        upper, lower = ([*zip(edges, edges[1:], bounds[:, index + side], strict=False)] for side in (0, 1))
        path = [point for left, right, y in upper for point in ((left, y), (right, y))]
        path += [point for left, right, y in reversed(lower) for point in ((right, y), (left, y))]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
        yield f'<polygon points="{points}" fill="{hex_colour(emotion)}"><title>{emotion}</title></polygon>'


def _position(time: float, start: float, duration: float) -> float:
    """The x of a time, within the band."""
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(max((time - start) / duration, 0.0), 1.0)


def _clock(seconds: float, step: float) -> str:
    """A time as it is read from a clock: 1.5 s, 12 s, 3:20 or 1:03:20."""
    if seconds < 60 or step < 1:
        return f"{seconds:.1f} s" if step < 1 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
