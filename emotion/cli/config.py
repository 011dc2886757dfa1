"""Options from a configuration file in TOML, and back: ``epochs = 30`` stands for ``--epochs 30``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion.errors import InputError
from emotion.toml_files import read_toml

_KINDS = {int: (int, "an integer"), float: (int | float, "a number"), Path: (str, "a string"), None: (str, "a string")}
"""What a value in the file must be for an option of each type, and how it is called."""


def with_config(parser: argparse.ArgumentParser, argv: Sequence[str]) -> list[str]:
    """Return the arguments with those in the file of ``--config`` in its place, before the others, which override them.

    The names in the file are those of the parser's options, with hyphens or underscores. A switch takes true or false,
    and an option for several values takes one or a list. The parser must not allow abbreviations, as this does not.

    Raises InputError if the file cannot be read, or if it has an unknown name or a value that the option cannot have.
    """
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.error = parser.error  # its message begins with the usage of the whole command
    finder.add_argument("--config", type=Path)
    found, rest = finder.parse_known_args(argv)
    if found.config is None:
        return rest
    options: list[str] = []
    for name, value in read_toml(found.config, f"--config {found.config}").items():
        option = "--" + name.replace("_", "-")
        action = parser._option_string_actions.get(option)
        if action is None or option in ("--config", "--help", "--version"):
            raise InputError(
                f"--config {found.config}: unknown setting {name!r}; the settings are the options of --help"
            )
        arguments = _arguments(action, option, value)
        if arguments is None:
            raise InputError(f"--config {found.config}: {name} cannot be {value!r}; {_expected(action)}")
        options += arguments
    return [*options, *rest]


def as_settings(parser: argparse.ArgumentParser, values: Mapping[str, Any], without: Sequence[str]) -> dict[str, Any]:
    """Return the options of a parser as settings, by name, with the values that a TOML file has for them.

    values: the value of each option by its ``dest``; options with None are left out.
    without: the ``dest`` of options to leave out, too.
    """
    settings = {}
    for action in parser._actions:
        value = values.get(action.dest)
        if value is None or action.dest in without:
            continue
        items = [str(item) if isinstance(item, Path) else item for item in (value if action.nargs == "+" else [value])]
        settings[action.option_strings[-1].lstrip("-")] = items if action.nargs == "+" else items[0]
    return settings


def _arguments(action: argparse.Action, option: str, value: object) -> list[str] | None:
    """Return the arguments that give an option this value, or None if it cannot have it."""
    if action.nargs == 0:
        return ([option] if value else []) if isinstance(value, bool) else None
    if action.nargs is None:
        return [f"{option}={value}"] if _is_possible(action, value) else None
    values = value if isinstance(value, list) else [value]
    # Several values follow the option as arguments of their own, where a hyphen would begin the next option.
    if not values or not all(_is_possible(action, item) and not str(item).startswith("-") for item in values):
        return None
    return [option, *map(str, values)]


def _is_possible(action: argparse.Action, value: object) -> bool:
    kind, _ = _KINDS[action.type]
    return (
        isinstance(value, kind) and not isinstance(value, bool) and (action.choices is None or value in action.choices)
    )


def _expected(action: argparse.Action) -> str:
    if action.nargs == 0:
        return "give true or false"
    if action.choices is not None:
        return f"choose from {', '.join(action.choices)}"
    _, name = _KINDS[action.type]
    return f"give {name}" if action.nargs is None else f"give {name} or a list"
