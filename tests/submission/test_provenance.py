"""The commit that was sent is git's word, and git's alone."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bspsa_widgets.submission import provenance as module
from bspsa_widgets.submission.provenance import provenance

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def work_tree(folder: Path) -> Path:
    """The folder as the one thing in a repository."""
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", folder.name)
    git(folder.parent, "commit", "-qm", "first")
    return folder


def test_a_clean_folder_has_its_commit(work_tree: Path) -> None:
    found = provenance(work_tree)
    assert found is not None
    assert found.commit == git(work_tree, "rev-parse", "HEAD")
    assert found.dirty is False


@pytest.mark.parametrize("change", ["changed", "new", "gone"])
def test_any_change_in_it_makes_it_dirty_and_one_beside_it_does_not(
    change: str, work_tree: Path
) -> None:
    (work_tree.parent / "beside.txt").write_text("x")
    found = provenance(work_tree)
    assert found is not None
    assert found.dirty is False
    if change == "gone":
        (work_tree / "init.py").unlink()
    else:
        (work_tree / ("init.py" if change == "changed" else "new.py")).write_text("x")
    found = provenance(work_tree)
    assert found is not None
    assert found.dirty is True


def test_a_folder_under_no_control_has_none(folder: Path) -> None:
    assert provenance(folder) is None


def test_a_folder_that_its_work_tree_ignores_is_in_no_commit(work_tree: Path) -> None:
    (work_tree.parent / ".gitignore").write_text("scratch/\n")
    scratch = work_tree.parent / "scratch"
    scratch.mkdir()
    (scratch / "init.py").write_text("x")
    assert provenance(scratch) is None


def test_a_repository_without_a_commit_has_none(folder: Path) -> None:
    git(folder, "init", "-q")
    assert provenance(folder) is None


def test_without_git_or_without_the_folder_there_is_none(
    work_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provenance(work_tree / "no such") is None
    monkeypatch.setenv("PATH", str(work_tree))
    assert provenance(work_tree) is None


def test_a_git_that_hangs_is_not_waited_for(
    work_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)
    assert provenance(work_tree) is None


def test_nothing_of_the_repository_is_run(work_tree: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    sprung = shlex.quote(str(tmp_path / "sprung"))
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\n", encoding="utf-8")
    trap.chmod(0o755)
    git(work_tree, "config", "core.fsmonitor", str(trap))
    (work_tree / "init.py").write_text("x")
    assert provenance(work_tree) is not None
    assert not (tmp_path / "sprung").exists()


def test_the_environment_of_another_repository_does_not_mislead(
    work_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = provenance(work_tree)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", os.sep)
    assert provenance(work_tree) == expected


def test_no_token_is_in_the_environment_that_git_gets(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nenv > '{tmp_path / 'seen'}'\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("BSPSA_TOKEN", "CLB_AUTH"):
        monkeypatch.setenv(name, "SENTINEL-7f3a")
    monkeypatch.setenv("OTHER", "kept")
    assert provenance(folder) is None
    seen = (tmp_path / "seen").read_text()
    assert "SENTINEL" not in seen
    assert "OTHER=kept" in seen
