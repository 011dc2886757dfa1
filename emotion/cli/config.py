"""Options from a configuration file in TOML: ``epochs = 30`` stands for ``--epochs 30``."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path

from emotion.errors import InputError


def with_config(parser: argparse.ArgumentParser, argv: Sequence[str]) -> list[str]:
    """Return the arguments with those in the file of ``--config`` in its place, before the others, which override them.

    The names in the file are those of the parser's options, with or without underscores for hyphens. Raises InputError
    if the file cannot be read or has another name or a value of a wrong type in it.
    """
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--config", type=Path)
    found, rest = finder.parse_known_args(argv)
    path = found.config
    if path is None:
        return rest
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--config {path}: cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise InputError(f"--config {path}: not a TOML file ({error})") from error
    options: list[str] = []
    for name, value in settings.items():
        option = "--" + name.replace("_", "-")
        action = parser._option_string_actions.get(option)
        if action is None or option in ("--config", "--help"):
            raise InputError(f"--config {path}: unknown setting {name!r}; the settings are the options of --help")
        options += _as_options(path, name, option, value, takes_value=action.nargs != 0)
    return [*options, *rest]


def _as_options(path: Path, name: str, option: str, value: object, takes_value: bool) -> list[str]:
    if isinstance(value, bool) and not takes_value:
        return [option] if value else []
    values = value if isinstance(value, list) else [value]
    if not takes_value or not all(
        isinstance(item, str | int | float) and not isinstance(item, bool) for item in values
    ):
        raise InputError(f"--config {path}: {name} cannot be {value!r}")
    return [option, *map(str, values)]
