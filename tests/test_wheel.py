"""What is installed: a wheel with the built view in it, which needs no Node.js."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# All that a build reads, but for node_modules and what was built before.
SOURCES = ("bspsa_widgets", "js", "notebooks", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder)
    (made,) = folder.glob("*.whl")
    return made


def build(source: Path, target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    return subprocess.run(
        command,
        cwd=source,
        capture_output=True,
        text=True,
        check=not environment,
        env=environment or None,
    )


def test_the_wheel_carries_the_view_the_tutorials_and_the_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "bspsa_widgets/static/job_submitter.js",
        "bspsa_widgets/static/job_submitter.css",
        "bspsa_widgets/static/job_monitor.js",
        "bspsa_widgets/static/job_monitor.css",
        "bspsa_widgets/tutorials/01_first_job_on_piz_daint.ipynb",
        "bspsa_widgets/tutorials/squid-axon/squid.mod",
        "bspsa_widgets/py.typed",
    } <= names
    assert not [name for name in names if "node_modules" in name or name.startswith("tests/")]


def test_the_installed_wheel_shows_its_panel_without_the_source_tree(
    wheel: Path, tmp_path: Path
) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        "import bspsa_widgets, bspsa_widgets.cli.lab as lab;"
        "panel = bspsa_widgets.JobSubmitter();"
        "print(bspsa_widgets.__file__, len(str(panel._esm)) > 10_000, lab.tutorials().name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    place, has_view, tutorials = done.stdout.split()
    assert place.startswith(str(tmp_path / "site"))
    assert (has_view, tutorials) == ("True", "tutorials")


def test_a_source_without_node_and_bundle_says_what_to_install(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    ignored = shutil.ignore_patterns("node_modules", "static", "__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    done = build(source, tmp_path, PATH="")
    assert done.returncode != 0
    assert "needs Node.js 20 or newer with npm" in done.stdout + done.stderr
