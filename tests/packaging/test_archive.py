"""One zip with one top-level folder: whole, repeatable, or nothing left behind."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.archive import PackedArchive, pack
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.manifest import Manifest
from bspsa_widgets.packaging.selection import Selection, select

pytestmark = pytest.mark.usefixtures("temporary")


def packed(folder: Path, tmp_path: Path, name: str = "out.zip") -> PackedArchive:
    return pack(select(folder), tmp_path / name)


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as found:
        return found.namelist()


def test_one_top_level_folder_named_like_the_folder(folder: Path, tmp_path: Path) -> None:
    archive, manifest = packed(folder, tmp_path)
    assert names(archive.path) == ["ca1-fit/init.py", "ca1-fit/model/na.mod"]
    assert archive.name == "ca1-fit.zip"
    assert archive.folder == "ca1-fit"
    assert archive.files == 2
    assert list(archive.file_names) == [entry.path for entry in manifest.entries]


def test_the_size_is_that_on_disk(folder: Path, tmp_path: Path) -> None:
    archive, _ = packed(folder, tmp_path)
    assert archive.size == archive.path.stat().st_size


def test_the_same_folder_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first, manifest = packed(folder, tmp_path, "a.zip")
    shutil.copytree(folder, tmp_path / "elsewhere" / "ca1-fit")
    second, again = packed(tmp_path / "elsewhere" / "ca1-fit", tmp_path, "b.zip")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert manifest.sha256 == again.sha256


def test_a_changed_file_changes_the_manifests_hash(folder: Path, tmp_path: Path) -> None:
    _, before = packed(folder, tmp_path)
    (folder / "init.py").write_text("print('other')\n")
    _, after = packed(folder, tmp_path)
    assert before.sha256 != after.sha256
    assert Manifest(after.entries).sha256 == after.sha256


def test_executable_bits_survive_and_others_are_plain(folder: Path, tmp_path: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o700)
    (folder / "init.py").chmod(0o666)
    archive, _ = packed(folder, tmp_path)
    with zipfile.ZipFile(archive.path) as found:
        modes = {i.filename: stat.S_IMODE(i.external_attr >> 16) for i in found.infolist()}
    assert modes == {
        "ca1-fit/init.py": 0o644,
        "ca1-fit/model/na.mod": 0o644,
        "ca1-fit/run.sh": 0o755,
    }


needs_unzip = pytest.mark.skipif(not shutil.which("unzip"), reason="needs unzip")


@needs_unzip
@pytest.mark.parametrize("seed", range(12))
def test_random_trees_are_unzipped_unchanged(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    root = tmp_path / chance.choice(["plain", "with space", "ünïcode", "-dash", "a;b"])
    root.mkdir()
    pieces = ["a", "B", " x", "ö", "日", "-r", "&", "'", "[1]", "{}", "~", "#"]
    for number in range(20):
        below = root.joinpath(*(chance.choice(pieces) + "d" for _ in range(chance.randrange(4))))
        below.mkdir(parents=True, exist_ok=True)
        data = chance.randbytes(chance.choice([0, 1, 100, 70_000]))
        (below / f"{chance.choice(pieces)}{number}").write_bytes(data * chance.randrange(1, 4))
        os.utime(below, (chance.randrange(2**32),) * 2)
    archive, _ = packed(root, tmp_path)
    tested = subprocess.run(["unzip", "-t", archive.path], capture_output=True, timeout=20)
    assert tested.returncode == 0, tested.stdout
    out = tmp_path / "unpacked"
    subprocess.run(
        ["unzip", "-q", archive.path, "-d", out],
        check=True,
        timeout=20,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    assert [path.name for path in out.iterdir()] == [root.name]
    contents = {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    unpacked = out / root.name
    assert contents == {
        p.relative_to(unpacked): p.read_bytes() for p in unpacked.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("date", [-(10**9), 0, 2**31, 2**33, 2**40])
def test_dates_outside_the_zip_range_are_clamped(date: int, folder: Path, tmp_path: Path) -> None:
    os.utime(folder / "init.py", (date, date))
    archive, _ = packed(folder, tmp_path)
    with zipfile.ZipFile(archive.path) as found:
        assert all(1980 <= info.date_time[0] <= 2107 for info in found.infolist())
        assert found.testzip() is None


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shrink(path: Path) -> None:
    os.truncate(path, 1 << 20)


def rewrite(path: Path) -> None:
    about = path.stat()
    path.write_bytes(os.urandom(about.st_size))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))


CHANGES = pytest.mark.parametrize(
    "change", [grow, shrink, rewrite], ids=lambda change: change.__name__
)


def meddler(change: Callable[[], object], times: int) -> Callable[[], bool]:
    """Asked at every piece whether to stop, it never does, but makes so many changes."""
    left = iter(range(times))

    def meddle() -> bool:
        if next(left, None) is not None:
            change()
        return False

    return meddle


@CHANGES
def test_a_file_that_changes_once_while_it_is_read_is_read_again(
    change: Callable[[Path], None], folder: Path, tmp_path: Path
) -> None:
    big = folder / "big.dat"
    big.write_bytes(bytes(3 << 20))
    archive, manifest = pack(
        select(folder), tmp_path / "o.zip", stopped=meddler(lambda: change(big), 1)
    )
    content = big.read_bytes()
    with zipfile.ZipFile(archive.path) as found:
        assert found.testzip() is None
        assert found.read(f"{folder.name}/big.dat") == content
    kept = next(entry for entry in manifest.entries if entry.path == "big.dat")
    assert kept.sha256 == hashlib.sha256(content).hexdigest()


@CHANGES
def test_a_file_that_keeps_changing_is_an_error(
    change: Callable[[Path], None], folder: Path, temporary: Path
) -> None:
    big = folder / "big.dat"
    big.write_bytes(bytes(3 << 20))
    with pytest.raises(PackingError, match=r"big\.dat changed") as caught:
        pack(select(folder), stopped=meddler(lambda: change(big), 1000))
    assert not caught.value.job_may_exist
    assert list(temporary.iterdir()) == []


def fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (fifo, "not a file any more"),
        (Path.mkdir, "not a file any more"),
        (lambda path: None, "cannot be read"),
        (lambda path: path.symlink_to(path.name), "cannot be read"),
    ],
    ids=["fifo", "folder", "gone", "link loop"],
)
def test_a_file_replaced_after_the_scan_is_an_error(
    put: Callable[[Path], object], said: str, folder: Path, temporary: Path
) -> None:
    selection = select(folder)
    (folder / "init.py").unlink()
    put(folder / "init.py")
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    with pytest.raises(PackingError, match=rf"init\.py .*{said}|init\.py is {said}"):
        pack(selection)
    assert list(temporary.iterdir()) == []
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def test_progress_rises_to_all_bytes(folder: Path, tmp_path: Path) -> None:
    (folder / "big.dat").write_bytes(bytes(3 << 20))
    seen: list[tuple[int, int]] = []
    selection = select(folder)
    pack(selection, tmp_path / "o.zip", progress=lambda at: seen.append((at.done, at.total)))
    assert seen == sorted(seen)
    assert seen[-1] == (selection.size, selection.size)


def test_secrets_are_in_no_byte_of_the_archive(folder: Path, tmp_path: Path) -> None:
    archive, _ = packed(folder, tmp_path)
    with zipfile.ZipFile(archive.path) as found:
        content = b"".join(found.read(name) for name in found.namelist())
    assert b"hunter2" not in content
    assert b".env" not in archive.path.read_bytes()


def test_a_link_inside_is_packed_as_its_target(folder: Path, tmp_path: Path) -> None:
    (folder / "again.py").symlink_to("init.py")
    archive, _ = packed(folder, tmp_path)
    with zipfile.ZipFile(archive.path) as found:
        assert found.read("ca1-fit/again.py") == (folder / "init.py").read_bytes()
        assert stat.S_ISREG(found.getinfo("ca1-fit/again.py").external_attr >> 16)


@needs_unzip
def test_empty_folders_are_packed_and_are_not_files(folder: Path, tmp_path: Path) -> None:
    (folder / "results" / "png").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data" / ".DS_Store").write_text("x")
    (folder / "venv").mkdir()
    archive, manifest = packed(folder, tmp_path)
    assert archive.files == len(manifest.entries) == 2
    assert names(archive.path)[2:] == [f"ca1-fit/{d}/" for d in ("data", "results", "results/png")]
    subprocess.run(["unzip", "-q", archive.path, "-d", tmp_path / "out"], check=True, timeout=20)
    made = {
        path.name: stat.S_IMODE(path.stat().st_mode) & 0o700 for path in tmp_path.glob("out/*/*/")
    }
    assert made["data"] == made["results"] == 0o700
    assert "venv" not in made
    assert (tmp_path / "out" / "ca1-fit" / "results" / "png").is_dir()


def test_a_folders_date_does_not_change_the_bytes(folder: Path, tmp_path: Path) -> None:
    (folder / "results").mkdir()
    first, _ = packed(folder, tmp_path, "a.zip")
    os.utime(folder / "results", (1, 10**9))
    second, _ = packed(folder, tmp_path, "b.zip")
    assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs Linux's /proc")
@pytest.mark.parametrize("size", [0, 5 << 20], ids=["small", "large"])
def test_a_file_with_unreadable_content_is_named(size: int, temporary: Path) -> None:
    """Address 0 of a process is a real input/output error, as of a bad disk."""
    with pytest.raises(PackingError, match="mem cannot be read: Input/output error") as caught:
        pack(Selection(Path(f"/proc/{os.getpid()}"), (Member("mem", size),), ()))
    assert "free space" not in str(caught.value)
    assert list(temporary.iterdir()) == []
