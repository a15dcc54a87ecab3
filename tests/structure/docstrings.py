"""Which public docstrings are complete: Google's style, as `Args:`, `Returns:`, `Raises:`.

Public is each class and function of the package whose name, and whose class's name, begins
with no underscore; what is defined inside a function is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.structure.python_source import Definition, product_files, tree_of
from tests.structure.source import relative

PROPERTIES = {"property", "cached_property", "setter", "overload", "override"}
NOTHING = {"None", "NoReturn", "Never"}


class PublicName(NamedTuple):
    """A public class or function.

    Attributes:
        place: file, line and name.
        gaps: what its docstring lacks: "docstring", "Args", "Returns", "Raises".
    """

    place: str
    gaps: frozenset[str]


def public_names() -> Iterator[PublicName]:
    """Yield the public names of the package."""
    for path in product_files:
        for node, name in _public(tree_of(path), ""):
            gaps = frozenset(_gaps(node, name.count(".") > 0))
            yield PublicName(f"{relative(path)}:{node.lineno} {name}", gaps)


def _public(tree: ast.AST, prefix: str) -> Iterator[tuple[ast.ClassDef | Definition, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | Definition) and not node.name.startswith("_"):
            yield node, prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If):
            yield from _public(node, prefix)


def _gaps(node: ast.ClassDef | Definition, is_method: bool) -> Iterator[str]:
    if isinstance(node, Definition) and _decorators(node) & {"overload", "override"}:
        return
    text = ast.get_docstring(node)
    if not text:
        yield "docstring"
        return
    if isinstance(node, ast.ClassDef):
        return
    if not all(_names(text, name) for name in _arguments(node, is_method)):
        yield "Args"
    if _returns(node) and not re.search(r"^(Returns|Yields):", text, re.MULTILINE):
        yield "Returns"
    if _raises(node) and not re.search(r"^Raises:", text, re.MULTILINE):
        yield "Raises"


def _names(text: str, argument: str) -> bool:
    """Return whether `Args:` has an item for an argument."""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)+)", text, re.MULTILINE)
    name = rf"^\s+\*{{0,2}}{re.escape(argument)}(\s\(.*\))?:"
    return bool(section and re.search(name, section[1], re.MULTILINE))


def _arguments(node: Definition, is_method: bool) -> list[str]:
    args = node.args
    named = [one.arg for one in [*args.posonlyargs, *args.args, *args.kwonlyargs]]
    extra = [one.arg for one in (args.vararg, args.kwarg) if one]
    if is_method and "staticmethod" not in _decorators(node):
        named = named[1:]
    return [name for name in [*named, *extra] if not name.startswith("_")]


def _returns(node: Definition) -> bool:
    """Return whether a caller gets something; a property's first line says what it is."""
    if _decorators(node) & PROPERTIES or node.name.startswith("__"):
        return False
    return node.returns is not None and ast.unparse(node.returns).strip("'\"") not in NOTHING


def _raises(node: Definition) -> bool:
    """Return whether it raises an error of its own; what its calls raise is not known here."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Raise) and one.exc is not None:
            return True
        if not isinstance(one, Definition | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(one))
    return False


def _decorators(node: Definition) -> set[str]:
    return {ast.unparse(one).split("(")[0].split(".")[-1] for one in node.decorator_list}
