"""The user's choice: single files in or out, and never a secret by a careless word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput, Stopped
from bspsa_widgets.packaging.entries import Excluded
from bspsa_widgets.packaging.selection import Selection, scan, select
from tests.packaging.folders import write


def chosen(root: Path, **choice: tuple[str, ...]) -> Selection:
    return scan(root, Choice(**choice))


def paths(selection: Selection) -> list[str]:
    return [member.path for member in selection.members]


def left(selection: Selection, path: str) -> Excluded:
    return next(entry for entry in selection.left_out if entry.path == path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "run.py", "data/a.csv", "data/b.csv", ".hidden", ".venv/lib/x.py", ".env")
    write(tmp_path, ".venv/lib/y.py", ".ssh/config", ".ssh/id_rsa", ".git/config")
    write(tmp_path, "results/fit-1A2B3C4/out.txt")
    return tmp_path


def test_each_excluded_entry_says_whether_it_can_be_included(folder: Path) -> None:
    found = scan(folder)
    assert paths(found) == ["data/a.csv", "data/b.csv", "run.py"]
    assert {entry.path: entry.may for entry in found.left_out} == {
        ".hidden": "yes",
        ".venv/": "yes",
        ".env": "ask",
        ".ssh/": "ask",
        ".git/": "ask",
        "results/fit-1A2B3C4/": "yes",
    }
    assert left(found, ".hidden").size == len(".hidden")
    assert left(found, ".venv/").size is None
    assert left(found, "results/fit-1A2B3C4/").reason == "results of an earlier job"


@pytest.mark.parametrize("path", ["data/a.csv", "./data/a.csv"])
def test_a_file_can_be_excluded(path: str, folder: Path) -> None:
    found = chosen(folder, exclude=(path,))
    assert paths(found) == ["data/b.csv", "run.py"]
    size = len("data/a.csv")
    assert left(found, "data/a.csv") == Excluded(
        "data/a.csv", "excluded by you", size, "yes", "user"
    )


@pytest.mark.parametrize("path", ["data", "data/"])
def test_a_folder_can_be_excluded_except_for_included_files(path: str, folder: Path) -> None:
    assert paths(chosen(folder, exclude=(path,))) == ["run.py"]
    found = chosen(folder, exclude=(path,), include=("data/b.csv",))
    assert paths(found) == ["data/b.csv", "run.py"]
    assert left(found, "data/") == Excluded("data/", "excluded by you", None, "yes", "user")


@pytest.mark.parametrize(
    ("include", "added"),
    [
        (".hidden", {".hidden"}),
        (".venv", {".venv/lib/x.py", ".venv/lib/y.py"}),
        (".venv/lib/", {".venv/lib/x.py", ".venv/lib/y.py"}),
        (".venv/lib/x.py", {".venv/lib/x.py"}),
        ("results/fit-1A2B3C4/", {"results/fit-1A2B3C4/out.txt"}),
        ("run.py", set()),
        ("data", set()),
    ],
)
def test_an_excluded_file_can_be_included(include: str, added: set[str], folder: Path) -> None:
    found = chosen(folder, include=(include,))
    assert set(paths(found)) == {"data/a.csv", "data/b.csv", "run.py"} | added


@pytest.mark.parametrize(
    "path", [".env", ".ssh/", ".ssh/config", ".ssh/id_rsa", ".git/", ".git/config"]
)
def test_a_secret_needs_an_explicit_confirmation(path: str, folder: Path) -> None:
    with pytest.raises(InvalidInput, match="looks like a secret") as caught:
        chosen(folder, include=(path,))
    assert caught.value.field == "include"
    assert "include_secrets" in caught.value.advice


@pytest.mark.parametrize(
    ("path", "added"),
    [
        (".env", {".env"}),
        (".ssh/config", {".ssh/config"}),
        (".git/", {".git/config"}),
        (".ssh/id_rsa", {".ssh/id_rsa"}),
        (".ssh", {".ssh/config"}),  # what is a secret by its own name needs its own yes
    ],
)
def test_a_confirmed_secret_is_sent(path: str, added: set[str], folder: Path) -> None:
    found = chosen(folder, include_secrets=(path,))
    assert set(paths(found)) == {"data/a.csv", "data/b.csv", "run.py"} | added


def test_an_included_file_below_an_excluded_folder_includes_only_itself(folder: Path) -> None:
    found = chosen(folder, include=(".venv/lib/x.py",))
    assert left(found, ".venv/").reason == "an environment"
    assert not [entry for entry in found.left_out if entry.path.startswith(".venv/lib")]


@pytest.mark.parametrize("field", ["include", "include_secrets"])
@pytest.mark.parametrize("path", ["gone.txt", "data/gone.txt", "nowhere/x", "data/a.csv/x"])
def test_an_included_file_must_exist(path: str, field: str, folder: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no such file or folder") as caught:
        chosen(folder, **{field: (path,)})
    assert caught.value.field == field


def test_an_excluded_file_may_be_missing(folder: Path) -> None:
    assert paths(chosen(folder, exclude=("gone.txt", "gone/"))) == paths(scan(folder))


def fifo(path: Path) -> None:
    os.mkfifo(path)


def record(path: Path) -> None:
    path.write_text("{}")


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("pipe", fifo, "not a file or folder"),
        ("loop", lambda path: path.symlink_to("loop"), "leads nowhere"),
        ("all", lambda path: path.symlink_to("/"), "whole of your files"),
        ("nb-aaaabbbbccccdddd.json", record, "a submission's record"),
    ],
)
def test_an_unsendable_file_cannot_be_included(
    name: str, make: object, reason: str, folder: Path
) -> None:
    make(folder / name)  # type: ignore[operator]
    assert left(scan(folder), name).may == "no"
    with pytest.raises(InvalidInput, match=reason) as caught:
        chosen(folder, include=(name,))
    assert caught.value.field == "include"


def test_a_link_to_an_included_file_is_sent(folder: Path) -> None:
    (folder / "again").symlink_to(".hidden")
    assert "again" not in paths(scan(folder))
    found = chosen(folder, include=(".hidden",))
    again = next(member for member in found.members if member.path == "again")
    assert (again.source, again.size) == (".hidden", len(".hidden"))


def test_a_stuck_entry_can_be_excluded(folder: Path) -> None:
    write(folder, "a\\b.txt")
    odd = folder / os.fsdecode(b"caf\xe9")
    odd.write_text("x")
    shown = [entry.path for entry in scan(folder).stuck]
    assert len(shown) == 2
    with pytest.raises(InvalidInput):
        select(folder)
    found = select(folder, Choice(exclude=tuple(shown)))
    assert found.stuck == ()
    assert {entry.path for entry in found.left_out} >= set(shown)


@pytest.mark.parametrize("field", ["include", "exclude", "include_secrets"])
@pytest.mark.parametrize("path", ["", "/", "/etc/passwd", "..", "a/../b", "./", "a//b", "a\0b"])
def test_a_path_outside_the_folder_is_an_error_of_its_field(
    path: str, field: str, folder: Path
) -> None:
    with pytest.raises(InvalidInput, match="no path below the folder") as caught:
        chosen(folder, **{field: (path,)})
    assert caught.value.field == field


def test_including_and_excluding_one_path_is_an_error(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="is to be sent and to stay"):
        chosen(folder, include=("data/",), exclude=("data",))


def test_the_scan_can_be_stopped(tmp_path: Path) -> None:
    write(tmp_path, *(f"{number}.txt" for number in range(1200)))
    asked: list[int] = []

    def third() -> bool:
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(Stopped):
        scan(tmp_path, stopped=third)
