"""Names of files and folders that are ignored everywhere: hidden ones, and what systems and archives leave behind."""

from __future__ import annotations

_LEFT_BEHIND = frozenset({"__macosx", "desktop.ini", "ehthumbs.db", "thumbs.db"})


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name, without its path, is ignored: ``.DS_Store``, ``__MACOSX``, ..."""
    return name.startswith(".") or name.casefold() in _LEFT_BEHIND
