"""Sources: nothing that took a file's place leads elsewhere, hangs, or is read half."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging import source
from bspsa_widgets.packaging.source import (
    STABLE_NS,
    Sources,
    read_small_file,
    stable_stat,
    stamp_of,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and FIFOs are a Unix matter")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "a/b/c").mkdir(parents=True)
    for path in ("top.py", "a/one.py", "a/b/two.py", "a/b/c/three.py"):
        (folder / path).write_text(path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/two.py").write_text("a secret")
    return folder


def read(folder: Path, *paths: str) -> list[bytes]:
    found = []
    with Sources(folder) as sources:
        for path in paths:
            handle = sources.open(path)
            found.append(read_small_file(handle, path, 0, 0)[0])
            os.close(handle)
    return found


@pytest.fixture(params=["step by step", "by name"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also as on a system that cannot open below a folder."""
    if request.param == "by name":
        monkeypatch.setattr(source, "_HAS_DIR_FD", False)


@pytest.mark.usefixtures("way")
def test_files_are_opened_in_any_order(folder: Path) -> None:
    paths = ["a/b/two.py", "top.py", "a/b/c/three.py", "a/one.py", "a/b/two.py"]
    assert read(folder, *paths) == [path.encode() for path in paths]


@pytest.mark.usefixtures("way")
def test_a_file_replaced_by_a_link_is_not_followed(folder: Path) -> None:
    (folder / "a/one.py").unlink()
    (folder / "a/one.py").symlink_to(folder.parent / "outside/two.py")
    with pytest.raises(PackingError, match=r"a/one\.py cannot be read"):
        read(folder, "a/one.py")


@pytest.mark.usefixtures("way")
def test_a_parent_folder_replaced_by_a_link_is_not_followed(folder: Path) -> None:
    (folder / "a/b").rename(folder / "a/moved")
    (folder / "a/b").symlink_to(folder.parent / "outside")
    with pytest.raises(PackingError, match=r"a/b/two\.py cannot be read"):
        read(folder, "a/b/two.py")


def fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("put", [fifo, Path.mkdir], ids=["fifo", "folder"])
def test_a_file_replaced_by_another_type_is_an_error(
    put: Callable[[Path], None], folder: Path
) -> None:
    about = (folder / "top.py").stat()
    (folder / "top.py").unlink()
    put(folder / "top.py")
    with Sources(folder) as sources:
        handle = sources.open("top.py")
        with pytest.raises(PackingError, match=r"top\.py is not a file any more"):
            read_small_file(handle, "top.py", about.st_size, stamp_of(about))
        os.close(handle)


def test_a_file_replaced_by_another_file_is_read(folder: Path) -> None:
    about = (folder / "top.py").stat()
    (folder / "other.py").write_text("of another size")
    (folder / "other.py").rename(folder / "top.py")
    with Sources(folder) as sources:
        handle = sources.open("top.py")
        data, now = read_small_file(handle, "top.py", about.st_size, stamp_of(about))
        os.close(handle)
    assert (data, now.st_size) == (b"of another size", 15)


def test_no_descriptor_stays_open(folder: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    read(folder, "a/b/c/three.py", "top.py", "a/one.py")
    with pytest.raises(PackingError):
        read(folder, "a/b/nothing/x.py")
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_unchanged_file_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "top.py"
    about = settled(path)
    monkeypatch.setattr(source, "stable_stat", lambda *_: pytest.fail("looked at twice"))
    handle = os.open(path, os.O_RDONLY)
    data, _ = read_small_file(handle, "top.py", about.st_size, stamp_of(about))
    os.close(handle)
    assert data == b"top.py"


def settled(path: Path) -> os.stat_result:
    """Written a while ago; nobody can set a change time, so it is waited for."""
    about = path.stat()
    while time.time_ns() - stamp_of(about) < STABLE_NS:
        pass
    return about


def test_a_file_written_just_now_is_waited_for(folder: Path) -> None:
    """Its time may not move with the next change: the clock of a file system has steps."""
    path = folder / "top.py"
    path.write_text("new")
    handle = os.open(path, os.O_RDONLY)
    about = stable_stat(handle, "top.py")
    os.close(handle)
    assert time.time_ns() - stamp_of(about) >= STABLE_NS


def test_a_time_in_the_future_is_not_waited_for(folder: Path) -> None:
    path = folder / "top.py"
    later = time.time_ns() + 10**12
    os.utime(path, ns=(later, later))
    start = time.monotonic_ns()
    handle = os.open(path, os.O_RDONLY)
    stable_stat(handle, "top.py")
    os.close(handle)
    assert time.monotonic_ns() - start < STABLE_NS


def test_a_small_file_that_has_become_huge_is_not_read_into_memory(folder: Path) -> None:
    path = folder / "top.py"
    about = path.stat()
    os.truncate(path, 1 << 34)
    handle = os.open(path, os.O_RDONLY)
    with pytest.raises(PackingError, match="changed while"):
        read_small_file(handle, "top.py", about.st_size, stamp_of(about))
    os.close(handle)


def test_a_file_written_just_now_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one step of the clock it may have been written once more, and look the same."""
    step = 200_000_000
    monkeypatch.setattr(source, "STABLE_NS", step)
    path = folder / "top.py"
    path.write_text("new")
    about = path.stat()
    handle = os.open(path, os.O_RDONLY)
    data, _ = read_small_file(handle, "top.py", about.st_size, stamp_of(about))
    os.close(handle)
    assert data == b"new"
    assert time.time_ns() - stamp_of(about) >= step


def replace_while_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, behind the first reading: as many bytes, and the old time of change set again."""
    read = os.read

    def read_and_replace(handle: int, size: int) -> bytes:
        data = read(handle, size)
        monkeypatch.setattr(os, "read", read)
        about = path.stat()
        path.write_bytes(path.read_bytes().swapcase())
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        return data

    monkeypatch.setattr(os, "read", read_and_replace)


def test_a_change_with_unchanged_size_and_time_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `cp -p`, rsync and editors leave it: the time of change can be set, ctime cannot."""
    path = folder / "top.py"
    about = settled(path)
    handle = os.open(path, os.O_RDONLY)
    replace_while_read(path, monkeypatch)
    data, _ = read_small_file(handle, "top.py", about.st_size, stamp_of(about))
    os.close(handle)
    assert data == b"TOP.PY"


def test_a_change_during_the_second_read_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "top.py"
    settled(path)
    handle = os.open(path, os.O_RDONLY)
    before = stable_stat(handle, "top.py")
    replace_while_read(path, monkeypatch)
    os.read(handle, 6)
    assert not source.is_same(before, handle)
    os.close(handle)


@pytest.mark.usefixtures("way")
def test_an_included_file_outside_is_opened_without_following_a_link(
    folder: Path,
) -> None:
    outside = folder.parent.resolve() / "outside/two.py"
    assert read(folder, "a/one.py", outside.as_posix(), "top.py") == [
        b"a/one.py",
        b"a secret",
        b"top.py",
    ]
    (folder.parent / "turned").symlink_to("outside")
    with pytest.raises(PackingError, match="cannot be read"):
        read(folder, (folder.parent.resolve() / "turned/two.py").as_posix())
