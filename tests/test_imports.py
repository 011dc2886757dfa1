"""The import graph: no cycles, and no imports of higher layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERING = [
    {"npcnn.reference", "npcnn.runtime"},
    {"npcnn.backend", "npcnn.kernels"},
    {"npcnn.layers"},
    {"npcnn.losses", "npcnn.schedules", "npcnn.serialization", "npcnn.inference", "npcnn.activation_map"},
    {"npcnn.optimizers", "npcnn.gradient_check"},
    {"npcnn.training"},
    {"npcnn"},
    {"emotion"},
    {"scripts"},
]
"""Packages and modules from the lowest to the highest level; each may import its own level and lower ones."""


def modules() -> dict[str, Path]:
    """Return all source files by module name."""
    files = [path for top in ("npcnn", "emotion", "scripts") for path in (ROOT / top).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


MODULES = modules()


@cache
def tree(name: str) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def imported(name: str, lazily: bool) -> Iterator[str]:
    """Yield a module's imports, including those inside functions if ``lazily``; skips TYPE_CHECKING blocks."""
    pending: list[ast.AST] = [tree(name)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not lazily:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are absolute"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (target if target in MODULES else node.module for target in full)
        pending += ast.iter_child_nodes(node)


def level(name: str) -> int:
    """Index in LAYERING of the longest entry that the module belongs to."""
    entries = {entry: i for i, level in enumerate(LAYERING) for entry in level}
    return entries[max((entry for entry in entries if f"{name}.".startswith(f"{entry}.")), key=len)]


def test_modules_are_found() -> None:
    assert {"npcnn", "npcnn.layers.layer", "npcnn.kernels", "emotion", "scripts.train"} <= MODULES.keys()


def test_no_import_cycles() -> None:
    graph = {name: {other for other in imported(name, lazily=False) if other in MODULES} for name in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("name", MODULES)
def test_no_module_imports_upwards(name: str) -> None:
    others = set(imported(name, lazily=True))
    assert not [other for other in others if other in MODULES and level(other) > level(name)]
    if name.startswith("npcnn"):
        assert not {"cv2", "emotion", "tqdm"} & {other.split(".")[0] for other in others}
