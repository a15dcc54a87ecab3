"""The public face: complete, lazy, and cheap to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bspsa_widgets

PACKAGE = Path(bspsa_widgets.__file__).parent
NEEDS_BUNDLE = {"JobMonitor": "job_monitor.js", "JobSubmitter": "job_submitter.js"}


def test_all_is_sorted_without_doubles_and_is_what_dir_shows() -> None:
    names = bspsa_widgets.__all__
    assert len(set(names)) == len(names)
    assert dir(bspsa_widgets) == sorted(names)


def test_every_lazy_name_is_public_and_every_public_name_is_lazy() -> None:
    assert set(bspsa_widgets._HOMES) | {"__version__"} == set(bspsa_widgets.__all__)


def test_what_type_checkers_see_is_what_is_loaded() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    seen = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bspsa_widgets")
        for alias in node.names
    }
    assert seen == {name: f"bspsa_widgets.{home}" for name, home in bspsa_widgets._HOMES.items()}


@pytest.mark.parametrize("name", bspsa_widgets.__all__)
def test_every_public_name_resolves_to_what_it_is_called(name: str) -> None:
    if name in NEEDS_BUNDLE and not list((PACKAGE / "static").glob(NEEDS_BUNDLE[name])):
        pytest.skip("the panel's bundle is not built: npm run build in js/")
    value = getattr(bspsa_widgets, name)
    if isinstance(value, type):
        assert value.__name__ == name
        assert value.__module__ == f"bspsa_widgets.{bspsa_widgets._HOMES[name]}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = bspsa_widgets.nothing


def loaded_after(code: str) -> set[str]:
    script = f"import sys; before = set(sys.modules); {code}; print(*set(sys.modules) - before)"
    return set(
        subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout.split()
    )


def test_importing_the_package_imports_nothing_heavy() -> None:
    loaded = loaded_after("import bspsa_widgets, bspsa_widgets.errors")
    heavy = {"httpx", "pydantic", "anywidget", "ipywidgets", "traitlets", "starlette", "psutil"}
    assert not {name.split(".")[0] for name in loaded} & heavy
    ours = {name for name in loaded if name.startswith("bspsa_widgets")}
    kinds = {f"bspsa_widgets.errors.{name}" for name in ("base", "local", "service")}
    assert ours == {"bspsa_widgets", "bspsa_widgets.errors", *kinds}


def test_the_domain_imports_no_client_no_loop_and_no_widget() -> None:
    modules = ", ".join(
        f"bspsa_widgets.domain.{p.stem}" for p in (PACKAGE / "domain").glob("[a-z]*")
    )
    loaded = {name.split(".")[0] for name in loaded_after(f"import {modules}")}
    assert not loaded & {"httpx", "asyncio", "traitlets", "anywidget", "ipywidgets"}


def test_packing_waits_for_no_library_that_it_does_not_use() -> None:
    loaded = {name.split(".")[0] for name in loaded_after("import bspsa_widgets.cli.commands.pack")}
    assert "pathspec" in loaded
    assert not loaded & {"pydantic", "httpx", "asyncio", "traitlets", "ipywidgets", "starlette"}


def test_the_client_waits_for_nothing_that_only_a_terminal_needs() -> None:
    loaded = loaded_after("import bspsa_widgets.client.bspsa.service_account")
    assert "httpx" in loaded
    assert not {name.split(".")[0] for name in loaded} & {"click", "pygments", "rich"}


def test_the_package_is_typed_and_has_a_version() -> None:
    assert (PACKAGE / "py.typed").exists()
    assert bspsa_widgets.__version__.count(".") == 2
