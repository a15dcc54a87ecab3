"""Imports run downwards only, and never in a circle:

cli → batch, widgets → runtime, jobs, logs, results, submission
jobs → submission → records, client, packaging;  logs → jobs, client;  results → client
client, packaging, records → threads, tokens → domain → errors
cli, runtime, widgets → service.embedded, service.address;  service → domain, errors

Held by reading every module's syntax tree: what stands in functions and under
TYPE_CHECKING counts as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import bspsa_widgets

PACKAGE = Path(bspsa_widgets.__file__).parent
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "tutorials" not in path.parts and "js" not in path.parts
)

LOW = {"domain", "errors", "threads", "tokens"}
BASE = {"client", "packaging", "records", *LOW}
SENDS = {"submission", *BASE}
SHOWS = {"jobs", "logs", "results", "runtime", "service", *SENDS}
MAY: dict[str, set[str]] = {
    "errors": set(),
    "domain": {"errors"},
    "threads": {"errors"},
    "tokens": {"domain", "errors"},
    "packaging": LOW,
    "client": LOW,
    "records": LOW,
    "service": {"domain", "errors"},
    "submission": BASE,
    "jobs": SENDS,
    "logs": {"jobs", "client", *LOW},
    "results": {"client", "packaging", *LOW},
    "runtime": {"client", "packaging", "service", *LOW},
    "widgets": SHOWS,
    "batch": SHOWS,
    "cli": {"batch", "__init__", *SHOWS},
    "__main__": {"cli"},
    "__init__": {"batch", "widgets", *SHOWS},  # the lazy public face
}
# What others may know of the service: how to start it and where it is.
SERVICE_DOOR = {"bspsa_widgets.service.embedded", "bspsa_widgets.service.address"}
# `bspsa service` is the service's own process, in the foreground.
SERVICE_ITSELF = {
    ("cli/commands/service.py", "bspsa_widgets.service.server"),
    ("cli/parser/service.py", "bspsa_widgets.service.config.retention_setting"),
    ("cli/commands/service_tools.py", "bspsa_widgets.service.executors.tools.report"),
}
# uvicorn speaks by it: the service's end of a connection, not a client's.
HTTP_SERVER = {("service/http/protocol.py", "h11")}


class Import(NamedTuple):
    """`module` as imported in `file` (relative to the package) at `line`."""

    file: str
    line: int
    module: str

    @property
    def from_part(self) -> str:
        return part_of(Path(self.file).with_suffix("").parts)

    @property
    def to_part(self) -> str:
        return part_of(tuple(self.module.split(".")[1:]))


def part_of(parts: tuple[str, ...]) -> str:
    return parts[0] if parts else "__init__"


def exists(module: str) -> bool:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imports_in(source: str, file: str) -> Iterator[Import]:
    """Every import, relative ones resolved, `from package import module` taken as module."""
    package = ["bspsa_widgets", *Path(file).parts[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            up = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*up, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield Import(file, node.lineno, whole if exists(whole) else base)
        elif isinstance(node, ast.Call) and _imports_by_name(node):
            yield Import(file, node.lineno, str(node.args[0].value))  # type: ignore[attr-defined]


def _imports_by_name(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0] if call.args else None
    return (
        name in ("import_module", "__import__")
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
    )


def all_imports() -> list[Import]:
    return [
        found
        for path in MODULES
        for found in imports_in(path.read_text(encoding="utf-8"), str(path.relative_to(PACKAGE)))
    ]


def inner() -> list[Import]:
    return [found for found in all_imports() if re.match(r"bspsa_widgets(\.|$)", found.module)]


def test_every_part_of_the_package_has_its_place() -> None:
    parts = {part_of(path.relative_to(PACKAGE).with_suffix("").parts) for path in MODULES}
    assert parts <= set(MAY), "give the new part its place in MAY, and in the README"
    assert {"domain", "client", "packaging", "submission", "tokens", "errors"} <= parts


def test_imports_run_downwards_only() -> None:
    upwards = [
        found
        for found in inner()
        if found.from_part != found.to_part and found.to_part not in MAY[found.from_part]
    ]
    assert upwards == []


def test_the_service_is_entered_by_its_door_only() -> None:
    through_the_wall = [
        found
        for found in inner()
        if found.to_part == "service"
        and found.from_part != "service"
        and found.module not in SERVICE_DOOR
        and (found.file, found.module) not in SERVICE_ITSELF
    ]
    assert through_the_wall == []


@pytest.mark.parametrize(("one", "other"), [("client", "service"), ("client", "packaging")])
def test_neighbours_do_not_know_each_other(one: str, other: str) -> None:
    assert not [i for i in inner() if {i.from_part, i.to_part} == {one, other}]


def test_httpx_stays_inside_the_client() -> None:
    outside = [
        found
        for found in all_imports()
        if found.module.split(".")[0] in ("httpx", "httpcore", "h11")
        and found.from_part != "client"
        and (found.file, found.module) not in HTTP_SERVER
    ]
    assert outside == []


def test_the_domain_is_free_of_input_and_output() -> None:
    banned = {"asyncio", "httpx", "socket", "subprocess", "traitlets", "ipywidgets", "os", "shutil"}
    assert not [
        i for i in all_imports() if i.from_part == "domain" and i.module.split(".")[0] in banned
    ]


def test_nothing_is_called_utils_or_helpers() -> None:
    assert not [path for path in MODULES if path.stem in ("utils", "helpers", "util", "helper")]


def test_nothing_prints() -> None:
    prints = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] not in ("cli", "service")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert prints == []


@pytest.mark.parametrize(
    ("source", "file", "module"),
    [
        ("import bspsa_widgets.service.http.app", "client/x.py", "bspsa_widgets.service.http.app"),
        ("from bspsa_widgets.service import server", "client/x.py", "bspsa_widgets.service.server"),
        ("from ..service import server", "client/x.py", "bspsa_widgets.service.server"),
        ("from .. import tokens", "client/x.py", "bspsa_widgets.tokens"),
        ("from . import wire", "client/bspsa/x.py", "bspsa_widgets.client.bspsa.wire"),
        ("def f():\n    import httpx", "x.py", "httpx"),
        ("if TYPE_CHECKING:\n    from httpx import URL", "x.py", "httpx"),
        ("import importlib\nimportlib.import_module('httpx')", "x.py", "httpx"),
    ],
)
def test_the_reader_of_imports_misses_none(source: str, file: str, module: str) -> None:
    assert module in [found.module for found in imports_in(source, file)]
