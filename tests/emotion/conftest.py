"""Videos of drawn people, made once, results without a video, and a parser for pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.face import make_face
from emotion.labels import EMOTIONS
from emotion.synthetic.clip import Actor, draw_clip
from emotion.video.results import FrameResult, TrackedFace

SIZE, RATE = (256, 128), 10
FRAMES = 12


def still(x: float, y: float):
    """A path that stays where it is."""
    return lambda time: (x, y)


@pytest.fixture(scope="session")
def clip() -> list[np.ndarray]:
    """Frames of two people next to each other."""
    actors = [Actor(lambda time: (64 + 10 * time, 64), 20.0), Actor(still(190, 60), 20.0, ("happy",))]
    return [frame for frame, _ in draw_clip(np.random.default_rng(1), actors, SIZE, np.arange(FRAMES) / RATE)]


@pytest.fixture(scope="session")
def video(clip: list[np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip as a Motion JPEG AVI of ten frames a second."""
    path = tmp_path_factory.mktemp("videos") / "two people.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, SIZE)
    for frame in clip:
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture(scope="session")
def truncated(video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The video without its second half."""
    path = tmp_path_factory.mktemp("videos") / "truncated.avi"
    path.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    return path


@pytest.fixture(scope="session")
def make_result() -> Callable[..., FrameResult]:
    """A function from number and time of a frame, and the numbers of the faces by emotion, to a result."""

    def make(number: int, time: float, **faces: Sequence[int]) -> FrameResult:
        found = []
        for emotion, ids in faces.items():
            probabilities = np.full(len(EMOTIONS), 0.05)
            probabilities[EMOTIONS.index(emotion)] += 1 - probabilities.sum()
            answer = make_face((10, 20, 30, 40), 2.5, probabilities, 0.3)
            found += [TrackedFace(**vars(answer), id=face) for face in ids]
        return FrameResult(number, time, sorted(found, key=lambda face: face.id))

    return make


class Outline(HTMLParser):
    """Checks that tags are closed in order, and collects elements, ids, links and sources."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs)
        self.elements.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.sources += [given["src"]] if "src" in given else []
        if tag == "img":
            assert given["alt"]
        if tag not in {"meta", "img", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="session")
def read_html() -> type[Outline]:
    """A function from a page to its outline, which fails if the page is not well-formed."""
    return Outline
