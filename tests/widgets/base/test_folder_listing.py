"""The folder picker never shows anything outside its root, and always answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bspsa_widgets.widgets.base.folder_listing import MOST_ENTRIES, listing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a secret beside it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "password.txt").write_text("x")
    home = tmp_path / "home"
    (home / "b" / "c").mkdir(parents=True)
    (home / "a.txt").write_text("four")
    (home / ".hidden").mkdir()
    (home / "__pycache__").mkdir()
    return home


def test_one_level_is_shown_without_what_is_hidden(root: Path) -> None:
    assert listing(root, "") == {
        "kind": "listing",
        "id": "",
        "path": "",
        "parent": None,
        "folders": [{"name": "b", "path": "b"}],
        "files": [{"name": "a.txt", "size": 4}],
        "more": False,
        "error": "",
    }
    below = listing(root, "b")
    assert (below["path"], below["parent"]) == ("b", "")
    assert below["folders"] == [{"name": "c", "path": "b/c"}]
    assert listing(root, "b/c")["parent"] == "b"


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../secret",
        "b/../../secret",
        "/",
        "/etc",
        "//etc",
        "../home-other",
        "\0",
        "\ud800",
    ],
)
def test_it_never_leaves_its_root(root: Path, path: str) -> None:
    (root.parent / "home-other").mkdir()
    (root.parent / "home-other" / "password.txt").write_text("x")
    found = listing(root, path)
    assert (found["folders"], found["files"], found["path"]) == ([], [], "")
    assert found["error"]


def test_an_absolute_path_below_the_root_is_shown_as_relative(root: Path) -> None:
    found = listing(root, str(root / "b"))
    assert (found["path"], found["error"]) == ("b", "")


def test_links_are_not_followed_out(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "secret")
    (root / "loop").symlink_to(root / "loop")
    (root / "b" / "up").symlink_to(root)
    assert [folder["name"] for folder in listing(root, "")["folders"]] == ["b"]
    for path in ("out", "out/password.txt", "loop"):
        found = listing(root, path)
        assert (found["folders"], found["files"]) == ([], [])
        assert found["error"]
    assert listing(root, "b/up")["path"] == ""


def test_a_root_that_is_a_link_itself_is_a_root(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert listing(link, "b")["path"] == "b"
    assert listing(link, "")["parent"] is None


@pytest.mark.parametrize("path", ["missing", "a.txt"])
def test_what_cannot_be_read_is_told(root: Path, path: str) -> None:
    found = listing(root, path)
    assert found["error"].startswith("This folder cannot be read")
    assert found["path"] == path


def test_a_folder_without_permission_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", denied)  # root may read everything, so by hand
    assert listing(root, "b")["error"] == "This folder cannot be read: Permission denied."


def test_a_long_list_is_cut_but_keeps_the_folders(root: Path) -> None:
    for number in range(MOST_ENTRIES):
        (root / f"a{number:05}.dat").touch()
    (root / "zzz").mkdir()
    found = listing(root, "")
    assert found["more"] is True
    assert [folder["name"] for folder in found["folders"]] == ["b", "zzz"]
    assert len(found["folders"]) + len(found["files"]) == MOST_ENTRIES


def test_names_that_could_not_be_sent_to_the_view_are_left_out(root: Path) -> None:
    os.mkdir(os.fsencode(root / "b") + b"/bad\xff")
    (root / "b" / "<b>ünï\n").mkdir()
    names = [folder["name"] for folder in listing(root, "b")["folders"]]
    assert names == ["<b>ünï\n", "c"]


@given(st.text())
def test_any_text_is_answered_from_inside_the_root(tmp_path: Path, path: str) -> None:
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "secret").mkdir(exist_ok=True)
    found = listing(tmp_path / "home", path)
    assert found["folders"] == found["files"] == []
    assert not {"..", "", "~"} & set(found["path"].split("/")) or found["path"] in ("", "~")
