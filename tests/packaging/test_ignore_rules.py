"""Ignore files: as git reads them, from the chosen folder downwards."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.packaging.selection import scan
from tests.packaging.folders import stays, travels, write


def ignore(root: Path, name: str, *lines: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def test_an_ignored_file_names_its_ignore_file(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "a.log", "sub/b.log", "sub/c.tmp", "build/x.o")
    ignore(tmp_path, ".gitignore", "*.log", "build/")
    ignore(tmp_path, "sub/.bspsaignore", "*.tmp")
    assert travels(tmp_path) == ["a.py"]
    found = stays(tmp_path)
    assert found["sub/b.log"] == "ignored by .gitignore"
    assert found["build/"] == "ignored by .gitignore"
    assert found["sub/c.tmp"] == "ignored by sub/.bspsaignore"


def test_an_ignored_file_can_be_included(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "a.log", "build/x.txt", "build/y.log")
    ignore(tmp_path, ".gitignore", "*.log", "build/")
    found = scan(tmp_path, Choice(include=("a.log", "build/")))
    assert [member.path for member in found.members] == ["a.log", "a.py", "build/x.txt"]
    assert {entry.may for entry in scan(tmp_path).left_out} == {"yes"}


def test_a_deeper_file_counts_before_one_above_it(tmp_path: Path) -> None:
    write(tmp_path, "a.dat", "keep/b.dat", "keep/drop/c.dat")
    ignore(tmp_path, ".gitignore", "*.dat")
    ignore(tmp_path, "keep/.gitignore", "!*.dat")
    ignore(tmp_path, "keep/drop/.gitignore", "*.dat")
    assert travels(tmp_path) == ["keep/b.dat"]


def test_bspsaignore_counts_before_gitignore(tmp_path: Path) -> None:
    write(tmp_path, "a.dat", "sub/b.dat", "notes.txt")
    ignore(tmp_path, "sub/.gitignore", "*.dat")
    ignore(tmp_path, ".gitignore", "*.dat")
    ignore(tmp_path, ".bspsaignore", "!*.dat", "notes.txt")
    assert travels(tmp_path) == ["a.dat", "sub/b.dat"]


def test_bspsaignore_can_include_default_exclusions_except_secrets(tmp_path: Path) -> None:
    write(tmp_path, "a.py", ".config/x.ini", ".env", "server.pem", "venv/pyvenv.cfg")
    write(tmp_path, ".git/config")
    ignore(tmp_path, ".bspsaignore", "!.config/", "!.env", "!*.pem", "!.git/", "!.bspsaignore")
    assert travels(tmp_path) == [".bspsaignore", ".config/x.ini", "a.py"]
    assert stays(tmp_path)[".env"] == "looks like a secret"
    assert stays(tmp_path)[".git/"] == "version control"


def test_a_gitignore_negation_includes_only_gitignored_files(tmp_path: Path) -> None:
    write(tmp_path, "a.py", ".config/x.ini", ".env", "__pycache__/a.pyc")
    ignore(tmp_path, ".gitignore", "*", "!*.py", "!.config/", "!.env", "!__pycache__/")
    assert travels(tmp_path) == ["a.py"]


def test_ignore_files_outside_the_folder_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, "project/model/a.dat")
    ignore(tmp_path, "project/.gitignore", "*.dat")
    assert travels(tmp_path / "project/model") == ["a.dat"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00*", b"[", b"!!!\n**/\n", b"/\n//\n", b"*.log\r\n", b"\\"]
)
def test_any_content_of_an_ignore_file_is_accepted(content: bytes, tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    (tmp_path / ".gitignore").write_bytes(content)
    assert travels(tmp_path) == ["a.py"]


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_only_regular_ignore_files_are_read(kind: str, tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.txt")
    path = tmp_path / ".gitignore"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        write(tmp_path.parent, "rules")
        (tmp_path.parent / "rules").write_text("*.py")
        path.symlink_to("../rules")
    else:
        path.mkdir()
    assert travels(tmp_path) == ["a.py", "b.txt"]


PATTERNS = (
    *("*.dat", "!*.dat", "a*", "!a*", "/b", "b/", "!b/", "c/d", "**/d", "c/**", "!c/", "*", "!*/"),
    *(
        "d/*.txt",
        "!d/keep.txt",
        "a?b",
        "[ab].dat",
        "!c/a.dat",
        "**/b/**",
        "keep.txt",
        "#x",
        "x\\ y",
    ),
)
NAMES = ("a", "b", "c", "d")
FILES = ("a.dat", "b.dat", "keep.txt", "a_b", "x.txt", "b")


@pytest.mark.parametrize("seed", range(60))
def test_git_excludes_the_same_files(seed: int, tmp_path: Path) -> None:
    source = random.Random(seed)
    folders = {""}
    for _ in range(6):
        folders.add("/".join(source.choices(NAMES, k=source.randint(1, 3))) + "/")
    for path in sorted(folders):
        for name in source.sample(FILES, 4):
            if not (tmp_path / path / name).is_dir():
                try:
                    write(tmp_path, path + name)
                except (FileExistsError, NotADirectoryError):
                    continue
    for path in ["", *source.sample(sorted(folders), 2)]:
        if (tmp_path / path).is_dir():
            lines = source.choices(PATTERNS, k=source.randint(1, 5))
            ignore(tmp_path, f"{path}.gitignore", *lines)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    command = ["git", "ls-files", "-oz", "--exclude-per-directory=.gitignore"]
    listed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout
    theirs = [path for path in os.fsdecode(listed).split("\0") if path]
    theirs = [path for path in theirs if not path.endswith(".gitignore")]
    assert [member.path for member in scan(tmp_path).members] == sorted(theirs)
