"""A hash of all source files that the machine code of a kernel is made from."""

from __future__ import annotations

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def source_hash(file: Path, root: Path = _ROOT) -> str:
    """SHA-256 of a file and of the npcnn files it imports, directly or indirectly.

    Only the contents count, so the hash survives a copy or a fresh checkout. ``root`` is the folder that holds the
    package npcnn. Imports are read from the source, not executed; relative imports are not followed.
    """
    contents: dict[Path, bytes] = {}
    pending = {file}
    while pending:
        path = pending.pop()
        contents[path] = path.read_bytes()
        imported = (_file_of(*names, root) for names in _imports(contents[path]))
        pending |= {other for other in imported if other is not None} - contents.keys()
    return sha256(b"".join(sha256(contents[path]).digest() for path in sorted(contents))).hexdigest()


@cache
def _imports(source: bytes) -> frozenset[tuple[str, str]]:
    """The imports of npcnn in a source file: module and name, where ``import module`` has an empty name."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {(node.module or "", alias.name) for alias in node.names}
    return frozenset((module, name) for module, name in found if module.split(".")[0] == "npcnn")


def _file_of(module: str, name: str, root: Path) -> Path | None:
    """The file of the submodule ``name``, or of the module if it has no such submodule; None if there is no file."""
    folder = root.joinpath(*module.split("."))
    candidates = [folder / "__init__.py", folder.with_suffix(".py")]
    if name:
        candidates = [folder / name / "__init__.py", folder / f"{name}.py", *candidates]
    return next((path for path in candidates if path.is_file()), None)
