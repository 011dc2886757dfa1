"""Read files in TOML, with errors of one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from emotion.errors import InputError


def read_toml(path: Path, called: str) -> dict[str, Any]:
    """Return the content of a TOML file. Raises InputError, beginning with ``called``, if it cannot be read as one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{called}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{called}: not a TOML file ({error}); correct it") from error
