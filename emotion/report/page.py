"""The parts of a report as HTML: how it begins, a row for each face, and how it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from emotion.annotation import hex_colour
from emotion.labels import EMOTIONS
from emotion.pages.document import PAGE_END, escape_text, page_start, script_element
from emotion.report.style import STYLE

if TYPE_CHECKING:
    from emotion.face import Face

TITLE = "Emotions in pictures"

TABLE_START = """<table aria-label="Faces">
<thead><tr><th scope="col">Face</th><th scope="col" data-key="emotion">Emotion</th><th scope="col"
data-key="confidence">Confidence</th><th scope="col">Probabilities</th><th scope="col" data-key="order"
aria-sort="ascending">Picture</th></tr></thead>
<tbody>
"""

TABLE_END = "</tbody>\n</table>\n"


@dataclass
class Counts:
    """How many pictures were processed, how many faces have which emotion or are uncertain, and how many have none."""

    pictures: int = 0
    uncertain: int = 0
    without_face: int = 0
    errors: int = 0
    emotions: Counter[str] = field(default_factory=Counter)

    @property
    def faces(self) -> int:
        """The number of faces."""
        return self.emotions.total()


LARGEST_COUNTS = Counts(*[10**9] * 4, emotions=Counter(dict.fromkeys(EMOTIONS, 10**9)))
"""Counts that take as much room on the page as any."""


@dataclass(frozen=True)
class Name:
    """A picture in a report.

    text: what it is called, such as its path.
    link: its address, relative to the report; None if it is not a file.
    """

    text: str
    link: str | None = None

    def __str__(self) -> str:
        path = PurePath(self.text)
        name, folder = escape_text(path.name or self.text), escape_text(self.text.removesuffix(path.name))
        shown = f'<a href="{self.link}">{name}</a>' if self.link else name
        return f"{shown} <small>{folder}</small>" if folder and path.name else shown


@cache
def script() -> str:
    """Return the script of the page, which filters and sorts the table."""
    return Path(__file__).with_name("report.js").read_text(encoding="utf-8")


def report_start(network: str, threshold: float, explained: bool) -> str:
    """Return the beginning of a report, up to the counts; for the arguments see `emotion.report.writer`."""
    colours = "\n".join(f".{emotion} {{ --colour: {hex_colour(emotion)}; }}" for emotion in EMOTIONS)
    sentences = [f"Recognised by the network <code>{escape_text(network)}</code>."]
    if threshold > 0:
        sentences.append(f"Emotions with a confidence below {threshold:.0%} are marked as uncertain.")
    if explained:
        sentences.append("Beside each face is a heat map: bright areas support the emotion.")
    return f"""{page_start(TITLE, f"{STYLE}{colours}", script())}<header>
<h1>{TITLE}</h1>
<p class="note">{" ".join(sentences)}</p>
</header>
<main{' class="explained"' * explained}>
"""


def summary(counts: Counts) -> str:
    """Return the counts and the filter. Without a script, the filter shows how many faces there are of each emotion."""
    tiles = [
        _tile("pictures", counts.pictures),
        _tile("faces", counts.faces),
        _tile("uncertain", counts.uncertain),
        _tile("without a face", counts.without_face, "#without-face"),
        _tile("errors", counts.errors, "#errors"),
    ]
    parts = [f"<dl>{''.join(tiles)}</dl>\n"]
    if counts.faces:
        parts += _filter(counts)
    return "".join(parts)


def _tile(name: str, count: int, link: str = "") -> str:
    label = f'<a href="{link}">{name}</a>' if link and count else name
    style = "" if count else ' class="none"'
    return f"<div{style}><dt>{label}</dt><dd>{count}</dd></div>"


def _filter(counts: Counts) -> Iterator[str]:
    found = [(emotion, counts.emotions[emotion]) for emotion in EMOTIONS if counts.emotions[emotion]]
    shares = "".join(f'<span class="{emotion}" style="flex-grow:{count}"></span>' for emotion, count in found)
    yield f'<div class="shares" aria-hidden="true">{shares}</div>\n<form id="filter"><fieldset disabled>\n'
    yield '<div class="chips" role="group" aria-label="Emotions to show">\n'
    for emotion, count in found:
        box = f'<input type="checkbox" name="emotion" value="{emotion}">'
        yield f'<label class="chip {emotion}">{box}<i></i> {emotion} <b>{count}</b></label>\n'
    yield f"""</div>
<div class="controls">
<label>Confidence at least <output>0%</output> <input type="range" name="confidence" value="0"></label>
<label class="chip"><input type="checkbox" name="uncertain"> uncertain only <b>{counts.uncertain}</b></label>
<button type="button">Show all</button>
<span role="status"></span>
</div>
</fieldset></form>
"""


def face_row(name: Name, number: int, of: int, face: Face, images: str) -> str:
    """Return the row of a face.

    number: of the face in its picture, from 1 to ``of``.
    images: as by `emotion.report.images.face_images`.
    """
    uncertain = ' <span class="uncertain">uncertain</span>' if face.uncertain else ""
    bars = "".join(_bar(emotion, share, emotion == face.emotion) for emotion, share in face.probabilities.items())
    data = f'data-emotion="{face.emotion}" data-confidence="{face.confidence:.4f}"{" data-uncertain" * face.uncertain}'
    return (
        f'<tr class="{face.emotion}" {data}><td class="face">{images}</td>'
        f'<td class="emotion"><i></i> {face.emotion}{uncertain}</td><td class="confidence">{face.confidence:.1%}</td>'
        f'<td class="bars"><ul>{bars}</ul></td>'
        f'<td class="picture">{name}{f" <small>face {number} of {of}</small>" * (of > 1)}</td></tr>\n'
    )


def _bar(emotion: str, probability: float, is_answer: bool) -> str:
    answer = " answer" * is_answer
    length = f' style="--length:{probability:.1%}"'
    return f'<li class="{emotion}{answer}"{length}>{emotion} <i></i> <b>{probability:.0%}</b></li>'


def report_end(without_face: Sequence[Name], errors: Sequence[str]) -> str:
    """Return the end of a report.

    without_face: the pictures in which no face was found.
    errors: a message for each picture that could not be processed.
    """
    sections = [
        _section("without-face", "Without a face", map(str, without_face)),
        _section("errors", "Errors", map(escape_text, errors)),
    ]
    return f"{''.join(sections)}</main>\n{script_element(script())}{PAGE_END}"


def _section(anchor: str, heading: str, items: Iterator[str]) -> str:
    lines = "".join(f"<li>{item}</li>\n" for item in items)
    return f'<section id="{anchor}"><h2>{heading}</h2>\n<ul>\n{lines}</ul></section>\n' if lines else ""
