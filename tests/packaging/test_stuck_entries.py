"""What nobody left out and yet cannot be sent: told by name, never dropped in silence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.folders import stays, travels, write, wrong

NAMES_THAT_CANNOT_TRAVEL = [
    *(b"caf\xe9.txt", b"line\nbreak.txt", b"bell\x07", b"back\\slash.txt", b"del\x7f"),
]


@pytest.mark.parametrize("name", NAMES_THAT_CANNOT_TRAVEL, ids=repr)
@pytest.mark.parametrize("inside", ["", "sub/"])
def test_a_file_with_an_unsendable_name_is_stuck(name: bytes, inside: str, tmp_path: Path) -> None:
    write(tmp_path, "keep.py", inside + os.fsdecode(name))
    error = wrong(tmp_path)
    assert "name" in error.message
    assert "Rename" in error.advice


@pytest.mark.parametrize("name", NAMES_THAT_CANNOT_TRAVEL, ids=repr)
def test_a_folder_with_an_unsendable_name_is_stuck_once(name: bytes, tmp_path: Path) -> None:
    write(tmp_path, "keep.py", os.fsdecode(name) + "/a", os.fsdecode(name) + "/b")
    message = wrong(tmp_path).message
    assert "its name" in message
    assert message.count("(") == 1
    assert "/ (" in message


def test_at_most_five_are_named(tmp_path: Path) -> None:
    write(tmp_path, "keep.py", *(f"{number}\\x" for number in range(8)))
    text = str(wrong(tmp_path))
    assert text.count("backslash") == 5
    assert "and 3 more" in text


def test_an_excluded_file_may_have_any_name(tmp_path: Path) -> None:
    names = [os.fsdecode(b".caf\xe9"), ".a\nb", "c\\d.pem", ".git/a\\b"]
    write(tmp_path, "keep.py", *names)
    (tmp_path / "out\\side").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pi\\pe")
    assert travels(tmp_path) == ["keep.py"]
    assert len(stays(tmp_path)) == 6
    for name in stays(tmp_path):
        assert name.encode().decode().isprintable()


def test_a_link_with_an_unsendable_name_is_stuck(tmp_path: Path) -> None:
    write(tmp_path, "keep.py")
    (tmp_path / "a\\b.py").symlink_to("keep.py")
    assert "backslash" in str(wrong(tmp_path))


def test_an_unreadable_file_is_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "keep.py", "locked.txt", "secret.pem")
    (tmp_path / "locked.txt").chmod(0o640)
    real = os.access  # root may read everything: say no in its place
    monkeypatch.setattr("bspsa_widgets.packaging.walk._USER", 1)
    monkeypatch.setattr(
        "os.access", lambda path, mode: not os.fspath(path).endswith("ed.txt") and real(path, mode)
    )
    error = wrong(tmp_path)
    assert "locked.txt (cannot be read: Permission denied)" in error.message
    assert "secret.pem" not in error.message
    assert "permissions" in error.advice


def test_an_unreadable_folder_is_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "keep.py", "closed/x")
    real = os.scandir

    def scandir(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    assert "closed (cannot be read: Permission denied)" in wrong(tmp_path).message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_modes_that_forbid_reading_are_noticed(tmp_path: Path) -> None:
    write(tmp_path, "keep.py", "locked.txt", "closed/x")
    (tmp_path / "locked.txt").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        text = wrong(tmp_path).message
        assert "locked.txt (" in text
        assert "closed (" in text
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.parametrize("levels", [600, 1000, 3000])
def test_a_too_deep_tree_is_stuck(levels: int, tmp_path: Path) -> None:
    write(tmp_path, "keep.py")
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(levels):  # step by step: the whole path may be longer than the system allows
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    try:
        text = str(wrong(tmp_path))
        assert "longer than 1000 characters" in text
        assert len(text) < 400
    finally:
        for _ in range(levels):  # nothing that pytest would have to clear away by recursion
            above = os.open("..", os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = above
            os.rmdir("d", dir_fd=folder)
        os.close(folder)
