"""Runs the tour: every block, every printed line, every link, every figure and the check of every exercise.

The rules for a chapter (docs/tour/*.md):

- Its ```python blocks run in order, in one namespace. A block prints exactly what is shown: in a ```text block right
  below, or in comments ``# -> ...``, one per printed line. Numbers with a decimal point may differ by 0.1%;
  ``...`` in a line stands for anything.
- A block ```python raises must end in AssertionError.
- Chapters 1 to 9 have at least two headings ``### Exercise ...``. Each defines a function ``check_...`` for the reader
  to call and has, inside <details>, a solution that the check accepts and, in a ```python raises block, a wrong answer
  that it rejects.
- A link whose text is a name in backticks, to a Python file, leads to a function, class or method defined there.
"""

import ast
import contextlib
import io
import math
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "docs" / "tour"
CHAPTERS = sorted(TOUR.glob("[0-9][0-9]-*.md"))
PAGES = [TOUR / "README.md", *CHAPTERS]
FIGURES = sorted((TOUR / "figures").glob("*.svg"))

_FLOAT = re.compile(r"(-?\d+\.\d*(?:e[-+]?\d+)?)")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


@dataclass
class Block:
    """A fenced block: its info string, its text, where it stands, and the ```text block right below it."""

    info: str
    code: str
    line: int
    heading: str
    in_details: bool
    shown: str | None = None

    def expected(self) -> list[str]:
        """The lines that the block has to print."""
        if self.shown is not None:
            return _lines(self.shown)
        return re.findall(r"# -> (.*)$", self.code, re.MULTILINE)


def read_blocks(path: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    blocks, block, heading, in_details, below = [], None, "", False, None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if block is not None:
            if line != "```":
                block.code += line + "\n"
                continue
            if block.info == "text" and below is not None:
                below.shown = block.code
            below, block = (block if block.info.startswith("python") else None), None
        elif line.startswith("```"):
            block = Block(line[3:].strip(), "", number, heading, in_details)
            blocks.append(block)
        else:
            if line.startswith("#"):
                heading = line
            if line.strip() in ("<details>", "</details>"):
                in_details = line.strip() == "<details>"
            below = None if line.strip() else below
    assert block is None, f"{path.name}: a block is not closed"
    return blocks


def run(path: Path) -> None:
    """Run all Python blocks of a page; fail where one does not do what the page says."""
    namespace = {"__name__": "tour"}
    for block in read_blocks(path):
        if not block.info.startswith("python"):
            continue
        code = compile("\n" * block.line + block.code, str(path), "exec")  # tracebacks show the line in the page
        outcome = pytest.raises(AssertionError) if block.info == "python raises" else contextlib.nullcontext()
        with contextlib.redirect_stdout(io.StringIO()) as printed, outcome:
            exec(code, namespace)
        where = f"{path.name}, block at line {block.line}"
        assert agree(block.expected(), _lines(printed.getvalue())), f"{where} prints:\n{printed.getvalue()}"


def agree(expected: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are the expected ones, in the sense explained above."""
    return len(expected) == len(printed) and all(map(_agree, expected, printed))


def _agree(expected: str, printed: str) -> bool:
    if "..." in expected:
        return re.fullmatch(re.escape(expected).replace(r"\.\.\.", ".*"), printed) is not None
    ours, theirs = _FLOAT.split(expected), _FLOAT.split(printed)
    texts = [["".join(part.split()) for part in parts[::2]] for parts in (ours, theirs)]
    numbers = zip(map(float, ours[1::2]), map(float, theirs[1::2]), strict=False)
    return texts[0] == texts[1] and all(math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-12) for a, b in numbers)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def links(path: Path) -> list[tuple[str, str]]:
    """Text and target of each relative link and image of a page, without anchors."""
    prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [(text, target.split("#")[0]) for text, target in _LINK.findall(prose) if "://" not in target]


def defined_names(path: Path) -> set[str]:
    """Functions and classes of a Python file, and methods as ``Class.method``."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            names |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_run_and_print_what_is_shown(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    with np.printoptions():
        run(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files_and_to_names_in_them(page):
    for text, target in links(page):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {target}, which does not exist"
        name = re.fullmatch(r"`([\w.]+)`", text)
        if file.suffix == ".py" and name and not name[1].endswith(".py"):
            assert name[1] in defined_names(file), f"{page.name}: {target} defines no {name[1]}"


@pytest.mark.parametrize("chapter", [c for c in CHAPTERS if int(c.name[:2]) <= 9], ids=lambda chapter: chapter.stem)
def test_exercises_have_a_check_a_solution_and_a_wrong_answer(chapter):
    exercises = {}
    for block in read_blocks(chapter):
        if block.heading.startswith("### Exercise"):
            exercises.setdefault(block.heading, []).append(block)
    assert len(exercises) >= 2
    for heading, blocks in exercises.items():
        checks = [name for b in blocks if not b.in_details for name in re.findall(r"def (check_\w+)\(", b.code)]
        assert checks, f"{chapter.name}, {heading}: no function check_..."
        for info in ("python", "python raises"):
            answers = [b.code for b in blocks if b.in_details and b.info == info]
            assert any(f"{checks[0]}(" in code for code in answers), f"{chapter.name}, {heading}: no ```{info} answer"


def test_contents_name_every_chapter():
    contents = (TOUR / "README.md").read_text(encoding="utf-8")
    assert len(CHAPTERS) >= 4
    assert [c.name for c in CHAPTERS if c.name not in contents] == []


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.stem)
def test_figures_are_shown_somewhere_and_have_a_title(figure):
    targets = [(page.parent / target).resolve() for page in PAGES for _, target in links(page)]
    assert figure.resolve() in targets
    assert ElementTree.parse(figure).getroot().findtext("{http://www.w3.org/2000/svg}title")


@pytest.mark.parametrize("script", sorted((TOUR / "figures").glob("draw_*.py")), ids=lambda script: script.stem)
def test_scripts_draw_the_figures(script, tmp_path):
    subprocess.run([sys.executable, script, tmp_path], check=True)
    drawn = sorted(tmp_path.iterdir())
    assert drawn
    assert [f.name for f in drawn if f.read_bytes() != (TOUR / "figures" / f.name).read_bytes()] == []


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```python\nprint(0.5)  # -> 0.5\n```\n", None),
        ("```python\nprint(1 / 3)\n```\n\n```text\n0.3333\n```\n", None),
        ("```python\nprint('took', 7)  # -> took ...\n```\n", None),
        ("```python raises\nassert 1 == 2\n```\n", None),
        ("```python\nprint(0.5)  # -> 0.6\n```\n", "line 1 prints"),
        ("```python\nprint(10)\n```\n\n```text\n11\n```\n", "line 1 prints"),
        ("```python\nprint(1)\n```\nNot right below.\n```text\n1\n```\n", "line 1 prints"),
        ("```python\nx = 1  # -> 1\n```\n", "line 1 prints"),
        ("```python raises\nassert 1 == 1\n```\n", "DID NOT RAISE"),
        ("```python\nx = 1\n", "not closed"),
    ],
)
def test_pages_that_do_not_keep_the_rules_fail(page, problem, tmp_path):
    path = tmp_path / "01-page.md"
    path.write_text(page, encoding="utf-8")
    with pytest.raises((AssertionError, pytest.fail.Exception), match=problem) if problem else contextlib.nullcontext():
        run(path)
