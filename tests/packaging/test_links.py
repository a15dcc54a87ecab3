"""What a link leads to travels by the user's own word, and never a secret by a careless one."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from bspsa_widgets.domain.choice import Choice
from bspsa_widgets.errors import InvalidInput, PackingError
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.entries import Excluded
from bspsa_widgets.packaging.estimate import estimate
from bspsa_widgets.packaging.selection import Selection, scan, select
from tests.packaging.folders import write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links are a Unix matter")

KEY = ".git/annex/objects/aa/bb/KEY/KEY"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As DataLad and people make them: data beside the folder, and links to it."""
    folder = tmp_path / "ds"
    write(folder, "init.py", "v1/x.txt", "v1/.env", "v1/sub/y.txt", KEY)
    write(tmp_path, "store/a.csv", "store/.hidden", "store/token", "store/deep/b.csv")
    write(tmp_path, ".ssh/config", "keys/id_rsa", "svc/service.db", "svc/jobs/1/out")
    (folder / "data").mkdir()
    for link, target in {
        "data/spikes.csv": f"../{KEY}",
        "latest": "v1",
        "outside": "../store",
        "one.csv": "../store/a.csv",
        "again.csv": "one.csv",
    }.items():
        (folder / link).symlink_to(target)
    return folder


def members(found: Selection) -> dict[str, str]:
    return {member.path: member.source for member in found.members}


def left(found: Selection, path: str) -> Excluded:
    return next(entry for entry in found.left_out if entry.path == path)


def contents(found: Selection) -> dict[str, str]:
    archive = pack(found).archive
    try:
        with zipfile.ZipFile(archive.path) as zipped:
            return {
                name.partition("/")[2]: zipped.read(name).decode()
                for name in zipped.namelist()
                if not name.endswith("/")
            }
    finally:
        archive.path.unlink()


def test_without_a_choice_no_link_is_followed_and_each_can_be_included(
    folder: Path,
) -> None:
    found = scan(folder)
    assert set(members(found)) == {"init.py", "v1/x.txt", "v1/sub/y.txt"}
    assert left(found, "data/spikes.csv").reason == "a link to a file that is excluded"
    assert left(found, "latest").reason == "a link to a folder"
    assert left(found, "outside").reason == "a link that leads out of the folder"
    for path in ("data/spikes.csv", "latest", "outside", "one.csv", "again.csv"):
        assert left(found, path).may == "yes"
    assert left(found, "one.csv").size == len("store/a.csv")


@pytest.mark.parametrize(
    ("include", "added"),
    [
        ("data/spikes.csv", {"data/spikes.csv": KEY}),
        ("one.csv", {"one.csv": "store/a.csv"}),
        ("again.csv", {"again.csv": "store/a.csv"}),
        ("latest", {"latest/x.txt": "v1/x.txt", "latest/sub/y.txt": "v1/sub/y.txt"}),
        ("latest/", {"latest/x.txt": "v1/x.txt", "latest/sub/y.txt": "v1/sub/y.txt"}),
        ("outside", {"outside/a.csv": "store/a.csv", "outside/deep/b.csv": "store/deep/b.csv"}),
        ("data/", {"data/spikes.csv": KEY}),
    ],
)
def test_including_a_link_sends_its_target(
    include: str, added: dict[str, str], folder: Path
) -> None:
    """`added`: what its content is, which in these folders is the file's own path."""
    found = select(folder, Choice(include=(include,)))
    sent = contents(found)
    assert set(sent) == {"init.py", "v1/x.txt", "v1/sub/y.txt"} | set(added)
    assert {path: sent[path] for path in added} == added
    assert estimate(found) > 0


def test_exclusions_in_a_linked_folder_are_listed_and_can_be_included(folder: Path) -> None:
    found = scan(folder, Choice(include=("outside",)))
    assert left(found, "outside/.hidden").may == "yes"
    assert left(found, "outside/token").may == "ask"
    found = scan(folder, Choice(include=("outside", "outside/.hidden"), exclude=("outside/deep",)))
    assert set(members(found)) >= {"outside/.hidden", "outside/a.csv"}
    assert "outside/deep/b.csv" not in members(found)


def test_a_link_in_a_linked_folder_needs_its_own_include(folder: Path) -> None:
    (folder.parent / "store/more").symlink_to("deep")
    (folder.parent / "store/up").symlink_to("..")
    found = scan(folder, Choice(include=("outside",)))
    assert not [path for path in members(found) if path.startswith(("outside/more", "outside/up"))]
    found = scan(folder, Choice(include=("outside", "outside/more")))
    assert "outside/more/b.csv" in members(found)


def test_including_an_excluded_folder_includes_no_links(folder: Path) -> None:
    write(folder, ".cache/x")
    (folder / ".cache/link").symlink_to("../../store/a.csv")
    found = scan(folder, Choice(include=(".cache",)))
    assert ".cache/x" in members(found)
    assert ".cache/link" not in members(found)
    assert ".cache/link" in members(scan(folder, Choice(include=(".cache/link",))))


SECRETS = ["../.ssh/config", "../.ssh", "../keys/id_rsa", "../store/token", "v1/.env", ".git"]


@pytest.mark.parametrize("target", SECRETS)
def test_a_secret_is_not_carried_out_under_a_harmless_name(target: str, folder: Path) -> None:
    (folder / "data/notes.txt").symlink_to(Path("..") / target)
    assert left(scan(folder), "data/notes.txt").may == "ask"
    found = scan(folder, Choice(include=("data",)))  # of a folder no secret is taken along
    assert "data/notes.txt" not in members(found)
    assert "data/spikes.csv" in members(found)
    with pytest.raises(InvalidInput, match="looks like a secret"):
        scan(folder, Choice(include=("data/notes.txt",)))
    found = scan(folder, Choice(include_secrets=("data/notes.txt",)))
    assert any(path.startswith("data/notes.txt") for path in members(found))


def test_a_secret_below_a_linked_folder_stays(folder: Path) -> None:
    write(folder.parent, "store/.ssh/known", "store/deep/.env")
    found = scan(folder, Choice(include=("outside",)))
    assert set(members(found)) >= {"outside/a.csv", "outside/deep/b.csv"}
    assert not [path for path in members(found) if ".ssh" in path or ".env" in path]
    with pytest.raises(InvalidInput, match="looks like a secret"):
        scan(folder, Choice(include=("outside", "outside/deep/.env")))


@pytest.mark.parametrize("target", ["../svc", "../svc/jobs/1/out", "../pipe"])
@pytest.mark.parametrize("field", ["include", "include_secrets"])
def test_a_link_to_an_unsendable_file_is_refused(field: str, target: str, folder: Path) -> None:
    os.mkfifo(folder.parent / "pipe")
    (folder / "link").symlink_to(target)
    assert left(scan(folder), "link").may == "no"
    with pytest.raises(InvalidInput, match="leads out"):
        scan(folder, Choice(**{field: ("link",)}))


def test_data_not_fetched_by_git_annex_is_reported(folder: Path) -> None:
    (folder / "data/gone.csv").symlink_to("../.git/annex/objects/cc/dd/KEY2/KEY2")
    entry = left(scan(folder), "data/gone.csv")
    assert (entry.reason, entry.may) == ("a link to data that was not fetched (git-annex)", "no")


def test_a_link_changed_after_the_scan_is_not_followed(folder: Path) -> None:
    found = select(folder, Choice(include=("outside", "one.csv")))
    (folder.parent / "store").rename(folder.parent / "moved")
    (folder.parent / "store").symlink_to(".ssh")
    write(folder.parent, ".ssh/a.csv")
    with pytest.raises(PackingError, match="cannot be read"):
        pack(found)


def test_a_linked_file_below_an_unlistable_folder_is_packed(folder: Path, tmp_path: Path) -> None:
    """As /home is on many systems."""
    (tmp_path / "store").chmod(0o711)
    try:
        assert contents(select(folder, Choice(include=("one.csv",))))["one.csv"] == "store/a.csv"
    finally:
        (tmp_path / "store").chmod(0o755)
