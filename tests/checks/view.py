"""The view's tests, with the system's Node.js or with one from PyPI."""

from __future__ import annotations

import importlib
import runpy
import sys
import tempfile
from typing import Any

from tests.checks.command import ROOT, python, run

JS = ROOT / "js"
OLDEST_NODE = 20  # for vitest; a build is content with an older one


def run_view_tests() -> bool:
    """Install the view's packages as locked; check, test and build it, and its contract.

    Returns:
        Whether all passed.
    """
    with tempfile.TemporaryDirectory() as folder:
        return _run_with_node(folder)


def _run_with_node(folder: str) -> bool:
    build = runpy.run_path(str(JS / "hatch_build.py"))
    npm = _provide_npm(build, folder)
    if npm is None:
        print("\n!!! The view's tests need Node.js 20 or newer with npm.", flush=True)
        return False

    def call(*arguments: str) -> bool:
        return run(*npm.command, *arguments, folder=JS, PATH=npm.path)

    if not build["is_installed"](JS, for_tests=True) and not call("ci"):
        return False
    contract = run(sys.executable, str(JS / "generate_contract.py"), "--check")
    return all([contract, *(call("run", name) for name in ("check", "test", "build"))])


def _provide_npm(build: dict[str, Any], folder: str) -> Any:
    """Find npm with a Node.js that is new enough; else install both into a folder.

    Not into this environment: the tests of the build are about one that has none.
    """
    found = build["find_npm"](OLDEST_NODE)
    wanted = ("--quiet", "--target", folder, build["NODE_FROM_PYPI"])
    if found is None and python("pip", "install", *wanted):
        sys.path.append(folder)
        importlib.invalidate_caches()
        found = build["find_npm"](OLDEST_NODE)
    return found
