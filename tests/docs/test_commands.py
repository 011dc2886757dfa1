"""The commands in the documents have options and values that exist."""

from __future__ import annotations

import argparse
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "weights").glob("*.md"))]


def commands(page: Path) -> list[str]:
    """What follows ``python scripts/`` or begins with ``scripts/``, in blocks and in backticks, without comments."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^(?:\.venv/bin/)?python scripts/(.*)$", text, re.MULTILINE)
    quoted = re.findall(r"`(?:python )?scripts/(\w+\.py [^`]+)`", text)
    found = (re.sub(r"\s+#.*", "", command) for command in [*blocks, *quoted])
    return [command for command in found if "..." not in command]


COMMANDS = sorted({command for page in PAGES for command in commands(page)})


class Parsed(Exception):
    """The arguments were accepted."""


@pytest.mark.parametrize("command", COMMANDS)
def test_arguments_are_accepted(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(parser, argv=None, namespace=None):
        parse(parser, argv, namespace)
        raise Parsed

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
    script, *arguments = shlex.split(command)
    if "--config" in arguments and not Path(arguments[arguments.index("--config") + 1]).exists():
        arguments.remove("--config")  # of a run that the reader has made
        arguments.pop(0)
    with pytest.raises(Parsed):
        import_module(f"emotion.cli.{Path(script).stem}").main(arguments)


def test_commands_are_found() -> None:
    assert len(COMMANDS) > 40
    assert {command.split()[0] for command in COMMANDS} == {path.name for path in (ROOT / "scripts").glob("*.py")} - {
        "draw_examples.py"
    }
