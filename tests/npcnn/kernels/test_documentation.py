"""Every compiled function documents each of its parameters, and none has more than a reader can keep in mind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import npcnn

ROOT = Path(npcnn.__file__).parent
COMPILED = {"kernel", "inlined", "intrinsic"}
MOST_PARAMETERS = 8


def compiled_functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Functions with a decorator that compiles them, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            decorators = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
            if any(isinstance(d, ast.Name) and d.id in COMPILED for d in decorators):
                yield node


def problems(source: str) -> list[str]:
    """What is wrong with the compiled functions of a file."""
    found = []
    functions = list(compiled_functions(ast.parse(source)))
    docstrings = {function.name: ast.get_docstring(function) or "" for function in functions}
    for function in functions:
        names = [a.arg for a in function.args.args if not a.arg.startswith("_")]
        text = docstrings[function.name]
        other = re.match(r"``(\w+)``, with the same arguments", text)
        words = set(re.findall(r"\w+", text + (docstrings[other[1]] if other else "")))
        found += [f"{function.name}: {name} is not documented" for name in names if name not in words]
        if len(names) > MOST_PARAMETERS:
            found.append(f"{function.name} has {len(names)} parameters")
    return found


FILES = [path for folder in ("kernels", "inference", "runtime") for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_parameters_are_documented(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8")) == []


def test_problems_are_found() -> None:
    source = '@kernel\ndef f(call, x):\n    """The tasks of ``call``."""\n    @inlined\n    def g(a):\n        pass\n'
    assert problems(source) == ["f: x is not documented", "g: a is not documented"]
    many = ", ".join("abcdefghi")
    assert problems(f'@kernel\ndef f({many}):\n    """{many}"""\n') == ["f has 9 parameters"]
    assert problems("def f(x):\n    pass\n") == []
    assert sum(1 for path in FILES for _ in compiled_functions(ast.parse(path.read_text(encoding="utf-8")))) > 70
