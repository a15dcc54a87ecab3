"""Reads Python: functions, classes, imports, lines of code."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.structure.source import PACKAGE, TESTS, Function, relative
from tests.test_imports import MODULES, inner

Definition = ast.FunctionDef | ast.AsyncFunctionDef
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NOT_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}

product_files = MODULES
test_files = sorted(path for path in TESTS.rglob("*.py") if "__pycache__" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def docstring_lines(node: ast.AST) -> set[int]:
    """Return the numbers of the lines of a node's docstring."""
    first = node.body[0] if isinstance(node, DOCUMENTED) and node.body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return set()
    is_text = isinstance(first.value.value, str)
    return set(range(first.lineno, (first.end_lineno or 0) + 1)) if is_text else set()


def functions(path: Path) -> Iterator[Function]:
    """Yield a file's functions; their docstrings are not counted as lines."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Definition):
            lines = (node.end_lineno or 0) - node.lineno + 1 - len(docstring_lines(node))
            yield Function(f"{relative(path)}:{node.lineno}", node.name, lines)


def count_code(path: Path) -> int:
    """Return the number of lines of code: without docstrings, comments and blank lines."""
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type not in NOT_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree_of(path)):
        code -= docstring_lines(node)
    return len(code)


def classes() -> dict[str, list[str]]:
    """Return where each name of a class of the package stands."""
    places: dict[str, list[str]] = {}
    for path in product_files:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{relative(path)}:{node.lineno}")
    return places


def imports() -> dict[str, set[str]]:
    """Return which modules each module of the package imports, wherever in its text."""
    found: dict[str, set[str]] = {}
    for path in product_files:
        found[_module_name(path)] = set()
    for one in inner():
        found[_module_name(PACKAGE / one.file)].add(one.module)
    return found


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def uses_of_any() -> list[str]:
    """Return each `Any` in the modules that make the view's state: their names say so."""
    return [
        f"{relative(path)}:{node.lineno}"
        for path in product_files
        if "widgets" in path.parts
        and (path.stem.endswith(("_state", "rows", "contract")) or path.stem == "views")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Name) and node.id == "Any"
    ]
