"""The example of each public name: it runs as printed, with a real local service."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import bspsa_widgets
from bspsa_widgets.service.embedded import LocalService

WITHOUT = {"__version__"}  # a string; it has no docstring


def documented(name: str) -> tuple[str, dict[str, object]]:
    """Return the docstring of a public name, and the names of its module."""
    module = importlib.import_module(f"bspsa_widgets.{bspsa_widgets._HOMES[name]}")
    value = getattr(bspsa_widgets, name)
    if isinstance(value, type) or callable(value):
        return inspect.getdoc(value) or "", vars(module)
    body = ast.parse(inspect.getsource(module)).body
    for node, after in itertools.pairwise(body):
        is_it = isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name
        if is_it and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return inspect.cleandoc(str(after.value.value)), vars(module)
    return "", vars(module)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run a local service; `LocalService()` finds it by its directory, which this yields."""
    with LocalService(tmp_path_factory.mktemp("service")) as running:
        yield running.directory


# Where jobs cannot be isolated, the service warns; that is not an example's subject.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", sorted(set(bspsa_widgets.__all__) - WITHOUT))
def test_the_example_of_a_public_name_prints_what_it_says(
    name: str, service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, names = documented(name)
    example = doctest.DocTestParser().get_doctest(text, dict(names), name, None, None)
    assert example.examples, f"{name} has no example"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BSPSA_SERVICE_DIR", str(service))
    differences: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=differences.append)
    assert differences == []
