"""Where an archive comes to lie: whole or not at all, and never in itself."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bspsa_widgets.errors import InvalidInput, PackingError, Stopped
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.selection import select
from tests.packaging.test_archive import names

pytestmark = pytest.mark.usefixtures("temporary")


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_stop_leaves_nothing_behind(at: int, folder: Path, temporary: Path) -> None:
    (folder / "big.dat").write_bytes(bytes(5 << 20))
    looked: list[int] = []

    def stopped() -> bool:
        looked.append(1)
        return len(looked) > at

    with pytest.raises(Stopped):
        pack(select(folder), stopped=stopped)
    assert list(temporary.iterdir()) == []


def test_a_stop_leaves_an_older_archive_as_it_was(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "old" / "out.zip"
    target.parent.mkdir()
    target.write_text("old")
    with pytest.raises(Stopped):
        pack(select(folder), target, stopped=lambda: True)
    assert {path.name: path.read_text() for path in target.parent.iterdir()} == {"out.zip": "old"}


def test_a_temporary_archive_is_private_and_a_named_one_has_usual_permissions(
    folder: Path, tmp_path: Path
) -> None:
    before = os.umask(0o027)
    try:
        packed = pack(select(folder)), pack(select(folder), tmp_path / "out.zip")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(archive.path.stat().st_mode) for archive, _ in packed]
    assert modes == [0o600, 0o640]


def test_a_target_that_cannot_be_written_is_a_packing_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(PackingError, match="could not be written"):
        pack(select(folder), tmp_path / "not" / "there" / "out.zip")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
@pytest.mark.parametrize("size", [0, 5 << 20], ids=["small", "large"])
def test_a_full_disk_is_an_error_and_leaves_no_file(
    size: int, folder: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "traces.bin").write_bytes(bytes(size))
    real = os.open

    def full(_: object = None, **__: object) -> tuple[int, str]:
        path = temporary / ".bspsa-full.zip"
        path.write_bytes(b"")
        return real("/dev/full", os.O_RDWR), str(path)

    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(PackingError, match="written"):
        pack(select(folder))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("path", ["p.zip", "out/p.zip"])
def test_an_archive_inside_its_folder_never_packs_itself(path: str, folder: Path) -> None:
    (folder / "out").mkdir()
    target = folder / path
    pack(select(folder), target)
    first = target.read_bytes()
    (folder / "latest.zip").symlink_to(path)
    pack(select(folder), target.parent / ".." / target.parent.name / target.name)
    assert target.read_bytes() == first
    assert not any(name.endswith(".zip") for name in names(target))


def test_a_target_that_is_a_link_excludes_only_itself(folder: Path) -> None:
    (folder / "p.zip").symlink_to("init.py")
    archive, _ = pack(select(folder), folder / "p.zip")
    assert names(archive.path) == ["ca1-fit/init.py", "ca1-fit/model/na.mod"]
    assert (folder / "init.py").read_text() == "print('spikes')\n"


def test_a_folder_with_only_the_older_archive_has_nothing_to_send(tmp_path: Path) -> None:
    old = tmp_path / "only" / "p.zip"
    old.parent.mkdir()
    old.write_text("old")
    with pytest.raises(InvalidInput, match="nothing to send"):
        pack(select(old.parent), old)
    assert {path.name: path.read_text() for path in old.parent.iterdir()} == {"p.zip": "old"}


def test_a_stop_is_noticed_among_empty_files_and_folders(folder: Path, temporary: Path) -> None:
    for number in range(20):
        (folder / f"{number}.flag").touch()
        (folder / f"empty{number}").mkdir()
    asked: list[int] = []

    def never() -> bool:
        asked.append(1)
        return False

    pack(select(folder), stopped=never).archive.path.unlink()
    assert len(asked) >= 42
    for at in (3, 30):
        left = iter(range(at))
        with pytest.raises(Stopped):
            pack(select(folder), stopped=lambda left=left: next(left, None) is None)
    assert list(temporary.iterdir()) == []
