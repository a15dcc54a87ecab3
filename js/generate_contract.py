"""Writes down for the view what Python and the view say to each other.

    npm run contract                       # in js/: writes the files
    python js/generate_contract.py --check # says whether they are as written

Each `TypedDict` of the contract modules becomes an interface, each alias with a text below it a
type; the docstrings become comments. A `TypedDict` with `total=False` is one that Python sets key
by key: the view always has all of it. It reads the modules' source and imports nothing, so that any
Python can run it. No library does this: by way of JSON Schema (pydantic, json-schema-to-typescript)
aliases lose their names, and pydantic takes no `typing.TypedDict` before Python 3.12.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = "bspsa_widgets.widgets"
# The file of the view that each module becomes.
FILES = {
    f"{WIDGETS}.base.contract": "contract.ts",
    f"{WIDGETS}.submitter.contract": "submitter/contract.ts",
    f"{WIDGETS}.monitor.contract": "monitor/contract.ts",
    f"{WIDGETS}.monitor.files_contract": "monitor/results/contract.ts",
}
PLAIN = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}
PLAIN |= {"object": "unknown", "None": "null"}
WIDTH = 100


def contracts() -> dict[Path, str]:
    """Return the text of each file of the view."""
    return {
        ROOT / "js" / "src" / file: "\n".join(_file(module, file)) + "\n"
        for module, file in FILES.items()
    }


def _file(module: str, file: str) -> Iterator[str]:
    tree = _tree(module)
    made = f"Made by js/generate_contract.py from {module.replace('.', '/')}.py."
    yield from _comment(f"{ast.get_docstring(tree)}\n\n{made}")
    yield from _imports(module, file)
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef):
            yield ""
            yield from _interface(module, node)
        elif isinstance(node, ast.Assign):
            assert isinstance(after, ast.Expr), f"{module}: {_name(node)} has no text below it"
            yield ""
            yield from _comment(str(ast.literal_eval(after.value)))
            yield from _typed(f"export type {_name(node)} =", _parts(module, node.value))


def _imports(module: str, file: str) -> Iterator[str]:
    wanted: dict[str, list[str]] = {}
    for name, home in _imported(module).items():
        if home in FILES:
            way = os.path.relpath(FILES[home], Path(file).parent).removesuffix(".ts")
            wanted.setdefault(way if way.startswith(".") else f"./{way}", []).append(name)
    yield from [""] if wanted else []
    for place, names in sorted(wanted.items()):
        names.sort(key=str.lower)
        line = f'import type {{ {", ".join(names)} }} from "{place}";'
        each = "".join(f"  {name},\n" for name in names)
        yield line if len(line) <= WIDTH else f'import type {{\n{each}}} from "{place}";'


def _interface(module: str, node: ast.ClassDef) -> Iterator[str]:
    text, _, notes = (ast.get_docstring(node) or "").partition("\n\nAttributes:\n")
    said = dict(re.findall(r"^    (\w+): ((?:.|\n     )*)", notes, re.MULTILINE))
    yield from _comment(text)
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    more = ", ".join(base for base in bases if base != "TypedDict")
    fields = [field for field in node.body if isinstance(field, ast.AnnAssign)]
    if not fields and not more:
        yield f"export type {node.name} = Record<string, never>;"
        return
    yield f"export interface {node.name} {f'extends {more} ' if more else ''}{{"
    for field in fields:
        name = _name(field)
        yield from (f"  {line}" for line in _comment(_capital(said.pop(name, ""))))
        yield from _typed(f"  {name}:", _parts(module, field.annotation))
    yield "}"
    assert not said, f"{node.name} has no {', '.join(said)}"


def _typed(start: str, parts: list[str]) -> Iterator[str]:
    line = f"{start} {' | '.join(parts)};"
    if len(line) <= WIDTH:
        yield line
        return
    indent = " " * (len(start) - len(start.lstrip()) + 2)
    yield start
    yield from (f"{indent}| {part}{';' * (part is parts[-1])}" for part in parts)


def _parts(module: str, node: ast.expr) -> list[str]:
    """Return the members of a type, one if it is no union."""
    match node:
        case ast.BinOp(left=left, right=right):
            return list(dict.fromkeys(_parts(module, left) + _parts(module, right)))
        case ast.Constant(value=None):
            return ["null"]
        case ast.Subscript(value=ast.Name(id=kind), slice=inside):
            return _generic(
                module, kind, inside.elts if isinstance(inside, ast.Tuple) else [inside]
            )
        case ast.Name(id=name) if name in PLAIN:
            return [PLAIN[name]]
        case ast.Name(id=name):
            home = _imported(module).get(name, module)
            return [name] if name in _declared(home) else _alias(home, name)
        case ast.Attribute(value=ast.Name(id=other), attr=name):
            return _alias(f"{_imported(module)[other]}.{other}", name)
    raise TypeError(f"{module}:{node.lineno}: {ast.unparse(node)} is no type of the contract")


def _generic(module: str, kind: str, inside: list[ast.expr]) -> list[str]:
    if kind == "Literal":
        return [f'"{ast.literal_eval(one)}"' for one in inside]
    types = [" | ".join(_parts(module, one)) for one in inside]
    match kind, types:
        case "list" | "Sequence", [one]:
            return [f"({one})[]" if " | " in one else f"{one}[]"]
        case "dict", ["string", one]:
            return [f"Record<string, {one}>"]
        case "tuple", _:
            return [f"[{', '.join(types)}]"]
    raise TypeError(f"{module}: {kind}[{', '.join(types)}] is no type of the contract")


def _alias(module: str, name: str) -> list[str]:
    """Return the members of a type that another module of the package has a name for."""
    for node in _tree(module).body:
        if isinstance(node, ast.Assign) and _name(node) == name:
            return _parts(module, node.value)
    raise TypeError(f"{module} has no {name}")


def _imported(module: str) -> dict[str, str]:
    """Return the module that each imported name is from."""
    nodes = [node for node in _tree(module).body if isinstance(node, ast.ImportFrom)]
    return {name.name: str(node.module) for node in nodes for name in node.names}


def _declared(module: str) -> set[str]:
    """Return the names that the view knows, too."""
    nodes = _tree(module).body if module in FILES else []
    return {node.name if isinstance(node, ast.ClassDef) else _name(node) for node in nodes} - {""}


def _name(node: ast.AST) -> str:
    """Return what an assignment gives a name to; "" if it is none."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


@cache
def _tree(module: str) -> ast.Module:
    place = ROOT / f"{module.replace('.', '/')}.py"
    return ast.parse(place.read_text(encoding="utf-8"), place)


def _comment(text: str) -> Iterator[str]:
    paragraphs = [" ".join(one.split()) for one in text.split("\n\n") if one.strip()]
    if not paragraphs:
        return
    short = f"/** {paragraphs[0]} */"
    if len(paragraphs) == 1 and len(short) <= WIDTH - 2:
        yield short
        return
    yield "/**"
    for place, paragraph in enumerate(paragraphs):
        yield from [" *"] if place else []
        yield from (f" * {line}" for line in textwrap.wrap(paragraph, WIDTH - 5))
    yield " */"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def main() -> int:
    """Write the files, or say which differ."""
    is_check = "--check" in sys.argv
    old = 0
    for path, text in contracts().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            old += 1
            print(f"{path.relative_to(ROOT)} {'is out of date' if is_check else 'is written'}")
            if not is_check:
                path.write_text(text, encoding="utf-8")
    if is_check and old:
        print("Run `npm run contract` in js/.")
    return int(is_check and old > 0)


if __name__ == "__main__":
    sys.exit(main())
