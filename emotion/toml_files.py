"""Read and write files in TOML, with errors of one line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotion.errors import InputError


def read_toml(path: Path, called: str) -> dict[str, Any]:
    """Return the content of a TOML file, with or without a byte order mark.

    Raises InputError, beginning with ``called``, if it cannot be read as one.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{called}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{called}: not a TOML file ({error}); correct it") from error


def to_toml(settings: Mapping[str, Any]) -> str:
    """Return strings, numbers, booleans and lists of them, by name, as the text of a TOML file.

    Raises InputError for a string that is not Unicode, such as some names of files.
    """
    return "".join(f"{name} = {_literal(name, value)}\n" for name, value in settings.items())


def _literal(name: str, value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(name, item) for item in value)}]"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InputError(f"{name} is {value!r}, which is not UTF-8; rename the file") from error
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)
