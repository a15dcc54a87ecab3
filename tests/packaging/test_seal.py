"""The seal: bytes and hash of what lies there, and only of what was packed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bspsa_widgets.domain.archive import Archive, stamp_of
from bspsa_widgets.errors import PackingError, Stopped
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.seal import PIECE, seal
from bspsa_widgets.packaging.selection import select


def packed(path: Path, data: bytes) -> Archive:
    path.write_bytes(data)
    return Archive(
        name="a.zip", path=path, size=len(data), folder="a", files=1, file_names=("b.py",)
    )


@pytest.mark.parametrize("size", [1, 22, PIECE, 3 * PIECE + 1])
def test_it_is_of_the_bytes_on_disk(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    archive = packed(tmp_path / "a.zip", data)
    sealed = seal(archive)
    assert sealed.sha256 == hashlib.sha256(data).hexdigest()
    assert sealed.stamp == stamp_of(archive.path.stat())
    assert (sealed.name, sealed.path, sealed.size) == ("a.zip", archive.path, size)
    assert (sealed.folder, sealed.files, sealed.file_names) == ("a", 1, ("b.py",))


def test_a_packed_archive_can_be_sealed(folder: Path, tmp_path: Path) -> None:
    archive = pack(select(folder), tmp_path / "a.zip").archive
    assert seal(archive).size == archive.path.stat().st_size == archive.size


@pytest.mark.parametrize(
    "change",
    [
        lambda path: os.truncate(path, 21),
        lambda path: os.truncate(path, 23),
        lambda path: path.write_bytes(b""),
    ],
    ids=["cut", "longer", "empty"],
)
def test_an_archive_of_another_size_than_packed_is_not_sealed(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    archive = packed(tmp_path / "a.zip", bytes(22))
    change(archive.path)
    with pytest.raises(PackingError, match=r"a\.zip has changed since it was packed") as caught:
        seal(archive)
    assert not caught.value.job_may_exist


def test_an_archive_written_during_the_read_is_not_sealed(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", bytes(3 * PIECE))

    def meddle() -> bool:
        with archive.path.open("r+b") as file:
            file.write(b"other")
        return False

    with pytest.raises(PackingError, match="has changed"):
        seal(archive, meddle)


@pytest.mark.parametrize(
    "path",
    [
        Path("/nowhere/a.zip"),
        pytest.param(
            Path("/proc/self/mem"),
            marks=pytest.mark.skipif(
                not os.path.exists("/proc/self/mem"), reason="needs Linux's /proc"
            ),
        ),
    ],
    ids=["is not there", "opens, but cannot be read"],
)
def test_an_unreadable_archive_is_not_sealed(path: Path) -> None:
    archive = Archive(name="a.zip", path=path, size=0, folder="a", files=1)
    with pytest.raises(PackingError, match=r"The archive a\.zip cannot be read") as caught:
        seal(archive)
    assert not caught.value.job_may_exist


def test_it_can_be_stopped_at_every_piece(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", bytes(5 * PIECE))
    for pieces in range(5):
        left = iter(range(pieces))
        with pytest.raises(Stopped):
            seal(archive, lambda left=left: next(left, None) is None)
