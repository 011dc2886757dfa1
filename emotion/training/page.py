"""The report of a training run: one HTML file with the result, the curves, the data and the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from emotion.datasets.summary import Summary
from emotion.labels import EMOTIONS
from emotion.metrics import Report, format_percent, format_spread
from emotion.pages.document import PAGE_END, escape_text, page_start
from emotion.pages.style import TABLE_STYLE

_STYLE = (
    TABLE_STYLE
    + """
header, main { padding: 0 16px; max-width: 760px; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
section svg { display: block; max-width: 100%; height: auto; border-radius: 6px; margin-top: 10px; }
table { margin-top: 8px; }
table.settings th, table.settings td { text-align: left; vertical-align: top; overflow-wrap: anywhere; }
"""
)


@dataclass(frozen=True)
class TrainingReport:
    """What the report of a training run says.

    title: the heading, any text.
    command: the command that repeats the training.
    configuration: the options that determine the result, by name.
    data: the faces.
    remarks: sentences about the result.
    figures: the metrics on the test faces, all folds together; None if there were none.
    folds: the metrics of each fold of a cross-validation, otherwise empty.
    curves, confusion: drawings (SVG), or "".
    """

    title: str
    command: str
    configuration: Mapping[str, object]
    data: Summary
    remarks: Sequence[str]
    figures: Report | None
    folds: Sequence[Report] = ()
    curves: str = ""
    confusion: str = ""

    def to_html(self) -> str:
        """Return it as one HTML file, which loads nothing."""
        heading = f"Training: {self.title}"
        sections = [_section("Result", *map(_paragraph, self.remarks), self._figures(), self.confusion)]
        if self.curves:
            text = (
                "In training, loss and accuracy are measured on augmented faces and with dropout, so the network does "
                "better on unchanged ones."
            )
            sections.append(_section("Curves", _paragraph(text), self.curves))
        columns = ("", *self.data.columns)
        sections.append(_section("Data", _table(columns, self.data.rows), *map(_paragraph, self.data.notes)))
        settings = [(name, _value(value)) for name, value in self.configuration.items()]
        command = f"<p><code>{escape_text(self.command)}</code></p>\n"
        sections.append(_section("Configuration", command, _table((), settings, "settings")))
        header = f"<header>\n<h1>{escape_text(heading)}</h1>\n</header>\n"
        return f"{page_start(heading, _STYLE)}{header}<main>\n{''.join(sections)}</main>\n{PAGE_END}"

    def _figures(self) -> str:
        if self.figures is None:
            return _paragraph("There were no test faces; scripts/evaluate.py measures the weights on any.")
        parts = []
        if self.folds:
            parts.append(_paragraph(format_spread(self.folds)))
            rows = [
                (str(number), str(fold.support.sum()), f"{fold.accuracy:.1%}", f"{fold.macro_recall:.1%}")
                for number, fold in enumerate(self.folds, 1)
            ]
            parts.append(_table(("fold", "faces", "accuracy", "macro recall"), rows))
        figures = self.figures
        parts.append(
            _paragraph(
                f"{'all folds: ' * bool(self.folds)}accuracy {figures.accuracy:.1%}, "
                f"macro recall {figures.macro_recall:.1%}, {figures.support.sum():,} test faces"
            )
        )
        metrics = (figures.precision, figures.recall, figures.f1)
        rows = [
            (emotion, *(format_percent(metric[i]) for metric in metrics), f"{figures.support[i]:,}")
            for i, emotion in enumerate(EMOTIONS)
        ]
        parts.append(_table(("", "precision", "recall", "F1", "faces"), rows))
        return "".join(parts)


def _section(heading: str, *parts: str) -> str:
    return f"<section>\n<h2>{escape_text(heading)}</h2>\n{''.join(parts)}</section>\n"


def _paragraph(text: str) -> str:
    return f"<p>{escape_text(text)}</p>\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], style: str = "") -> str:
    head = f"<thead><tr>{''.join(f'<th>{escape_text(name)}</th>' for name in heads)}</tr></thead>\n" if heads else ""
    body = "".join(
        f"<tr><th>{escape_text(name)}</th>{''.join(f'<td>{escape_text(cell)}</td>' for cell in cells)}</tr>\n"
        for name, *cells in rows
    )
    kind = f' class="{style}"' if style else ""
    return f'<div class="scroll"><table{kind}>{head}<tbody>{body}</tbody></table></div>\n'


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
