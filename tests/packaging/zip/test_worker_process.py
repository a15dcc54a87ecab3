"""The partner: the same work, by a second process that may fail at any time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.archive import pack
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.selection import select
from bspsa_widgets.packaging.source import Sources
from bspsa_widgets.packaging.zip import batches, packer, worker_process
from bspsa_widgets.packaging.zip.small_files import pack_files
from bspsa_widgets.packaging.zip.worker_process import WorkerProcess

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only there it is used")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "näme"
    folder.mkdir()
    for number in range(600):
        (folder / f"{number:03} ü.txt").write_text(f"{number}\n" * number)
    return folder


def members(folder: Path) -> list[Member]:
    return list(select(folder).members)


def test_the_worker_process_packs_the_same_bytes(folder: Path) -> None:
    files = members(folder)
    with WorkerProcess(folder) as other:
        halves = files[:300], files[300:]
        theirs = [packed.result(timeout=60) for packed in [other.pack(half) for half in halves]]
    with Sources(folder) as sources:
        ours = [pack_files(sources.opened(half), folder.name) for half in halves]
    assert theirs == ours


def test_the_worker_process_errors_are_raised(folder: Path) -> None:
    with WorkerProcess(folder) as other:
        gone = other.pack([Member("gone.py", 1)])
        with pytest.raises(PackingError, match=r"gone\.py cannot be read: No such file"):
            gone.result(timeout=60)
        assert other.pack(members(folder)[:2]).result(timeout=60)  # it goes on


def test_the_worker_process_is_free_while_its_queue_is_short(folder: Path) -> None:
    with WorkerProcess(folder) as other:
        assert other.is_free
        for _ in range(50):
            if not other.is_free:
                break
            other.pack(members(folder))
        assert not other.is_free


def test_the_unpacked_batches_of_a_killed_worker_are_reported(folder: Path) -> None:
    with WorkerProcess(folder) as other:
        assert other._process is not None
        other._process.kill()
        assert other.pack(members(folder)).result(timeout=60) is None
        assert not other.is_free


def test_without_a_python_program_there_is_no_worker(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process.sys, "executable", "/nowhere/python")
    with WorkerProcess(folder) as other:
        assert not other.is_free
        assert other.pack(members(folder)).result(timeout=60) is None


def test_the_worker_gets_no_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BSPSA_TOKEN", "do-not-pass-on")
    with WorkerProcess(folder) as other:
        assert other._process is not None
        other.pack(members(folder)[:1]).result(timeout=60)
        environment = Path(f"/proc/{other._process.pid}/environ").read_bytes()
    assert b"do-not-pass-on" not in environment


def test_no_worker_process_remains(folder: Path) -> None:
    with WorkerProcess(folder) as other:
        assert other._process is not None
        process = other._process
        other.pack(members(folder))
    assert process.returncode is not None


def killed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    start = worker_process._start_process

    def started(folder: Path) -> object:
        process = start(folder)
        assert process is not None
        process.kill()
        return process

    monkeypatch.setattr(worker_process, "_start_process", started)


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_an_archive_is_the_same_with_and_without_a_worker(
    dies: bool, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = pack(select(folder), tmp_path / "alone.zip").archive.path.read_bytes()
    monkeypatch.setattr(packer, "MIN_FILES_FOR_PROCESS", 1)
    monkeypatch.setattr(batches, "MAX_FILES", 20)
    if dies:
        killed_at_once(monkeypatch)
    both = pack(select(folder), tmp_path / "both.zip").archive.path.read_bytes()
    assert both == alone
