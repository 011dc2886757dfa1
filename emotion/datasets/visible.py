"""The folders and files in a folder that are not hidden."""

from __future__ import annotations

from pathlib import Path

from emotion.hidden_files import is_hidden


def visible_folders(path: Path) -> list[Path]:
    """Return the folders in ``path`` that are not hidden, sorted by name."""
    return [entry for entry in _visible(path) if entry.is_dir()]


def visible_files(path: Path, extension: str = "") -> list[Path]:
    """Return the files in ``path`` that are not hidden and end in ``extension``, in any case, sorted by name."""
    return [entry for entry in _visible(path) if entry.name.lower().endswith(extension) and entry.is_file()]


def _visible(path: Path) -> list[Path]:
    return sorted(entry for entry in path.iterdir() if not is_hidden(entry.name))
