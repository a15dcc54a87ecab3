"""Reads the view's TypeScript: functions, imports, lines of code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

from tests.structure.source import VIEW, VIEW_TESTS, Function, relative

PARSER = Parser(Language(tree_sitter_typescript.language_tsx()))
FUNCTIONS = {
    *("function_declaration", "generator_function_declaration", "function_expression"),
    *("generator_function", "arrow_function", "method_definition"),
}


def _sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.ts*") if path.suffix in (".ts", ".tsx"))


product_files = _sources(VIEW)
# What takes the pictures is no test, and declarations for the compiler are no code.
test_files = [
    path
    for path in _sources(VIEW_TESTS)
    if "pictures" not in path.relative_to(VIEW_TESTS).parts and not path.name.endswith(".d.ts")
]


@cache
def tree_of(path: Path) -> Node:
    """Return the root of a file's syntax tree."""
    return PARSER.parse(path.read_bytes()).root_node


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def functions(path: Path) -> Iterator[Function]:
    """Yield a file's functions: their lines are those of the body, from "{" to "}"."""
    for node in walk(tree_of(path)):
        body = node.child_by_field_name("body") if node.type in FUNCTIONS else None
        if body is not None:
            lines = body.end_point[0] - body.start_point[0] + 1
            yield Function(f"{relative(path)}:{node.start_point[0] + 1}", _name(node), lines)


def _name(node: Node) -> str:
    holder = node.parent if node.type in ("arrow_function", "function_expression") else node
    name = holder and (holder.child_by_field_name("name") or holder.child_by_field_name("key"))
    return name.text.decode() if name and name.text else "(…)"


def count_code(path: Path) -> int:
    """Return the number of lines of code: without comments and blank lines."""
    code: set[int] = set()
    for node in walk(tree_of(path)):
        is_leaf = not node.children and node.parent is not None and node.type != "comment"
        if is_leaf and (node.text or b"").strip():
            code.update(range(node.start_point[0], node.end_point[0] + 1))
    return len(code)


def imports() -> dict[str, set[str]]:
    """Return which files each file of the view imports, types as well."""
    found: dict[str, set[str]] = {}
    for path in product_files:
        mine = found.setdefault(relative(path), set())
        for node in tree_of(path).children:
            source = node.child_by_field_name("source")
            name = source.text.decode().strip("'\"") if source and source.text else ""
            if name.startswith("."):
                mine.update(_found(path.parent, name))
    return found


def _found(folder: Path, name: str) -> Iterator[str]:
    for ending in (".ts", ".tsx"):
        path = Path(os.path.normpath(folder / f"{name}{ending}"))
        if path.exists():
            yield relative(path)
