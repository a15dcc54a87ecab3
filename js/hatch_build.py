"""Builds the view (js/) into the package, for every wheel, sdist and editable install.

It always builds where npm is at hand: a bundle that merely exists may be older than its
source. A source distribution carries the bundle, so that it installs without Node.js.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = tuple(
    f"{name}.{kind}" for name in ("job_submitter", "job_monitor") for kind in ("js", "css")
)
NO_NODE = (
    "Building bspsa-widgets from source needs Node.js 20 or newer with npm. "
    "Install them, or install a released wheel, which needs neither."
)


class ViewBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's custom build hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle, before hatchling collects files."""
        view = Path(self.root, "js")
        npm = shutil.which("npm")
        if npm is None or not (view / "package.json").exists():
            static = Path(self.root, "bspsa_widgets", "static")
            if not all((static / name).exists() for name in BUNDLE):
                raise RuntimeError(NO_NODE)
            return
        if not is_installed(view):
            run(view, npm, "ci", "--no-audit", "--no-fund")
        run(view, npm, "run", "build")


def is_installed(view: Path) -> bool:
    """Whether node_modules is what the lock file asks for, by their times."""
    marker = view / "node_modules" / ".package-lock.json"  # npm writes it at each install's end
    lock = view / "package-lock.json"
    return marker.exists() and marker.stat().st_mtime >= lock.stat().st_mtime


def run(view: Path, *command: str) -> None:
    """Run npm; its words are shown only where it fails."""
    done = subprocess.run(command, cwd=view, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = "\n".join(filter(None, (done.stdout.strip(), done.stderr.strip())))
        raise RuntimeError(f"{' '.join(('npm', *command[1:]))} failed in js/:\n{words}")
