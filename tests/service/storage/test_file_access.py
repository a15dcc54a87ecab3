"""Whatever a job puts in place of a file, its service goes on and looks nowhere else."""

from __future__ import annotations

import ast
import asyncio
import fcntl
import os
import signal
import socket
import stat
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bspsa_widgets.service.executors import Phase
from bspsa_widgets.service.executors.runner import sandbox
from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.runner.limits import size_of
from bspsa_widgets.service.executors.runner.state import (
    RunState,
    acquire_lock,
    is_alive,
    read_json,
    read_state,
    signal_runner,
    write_state,
)
from bspsa_widgets.service.executors.runner.unzip import unpack
from bspsa_widgets.service.storage import file_access
from bspsa_widgets.service.storage.job_folder import JobFolder, remove
from tests.service.conftest import zipped
from tests.service.replaced import KINDS, alarm, play
from tests.service.running import new_task, nsg_task, run_one


@pytest.fixture(autouse=True)
def _nothing_hangs(tmp_path: Path) -> Iterator[None]:
    with alarm(tmp_path, seconds=20):
        yield


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    folder = JobFolder(tmp_path / "jobs" / "J", "pizdaint")
    folder.create(None, None)
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text('{"phase": "running", "hpc": "nsg"}')
    return tmp_path / "outside"


def put(kind: str, place: Path, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job may put in a file's place."""
    if kind == "a pipe":
        os.mkfifo(place)
    elif kind == "a link to a file":
        place.symlink_to(outside / "file")
    elif kind == "a link to a folder":
        place.symlink_to(outside)
    elif kind == "a socket":
        monkeypatch.chdir(place.parent)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(place.name)
    elif kind == "a folder":
        place.mkdir()
    elif os.geteuid() == 0:
        os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    else:
        pytest.skip("not tested: only root makes devices")


def _write(folder: JobFolder, path: Path) -> None:
    with file_access.append(folder.path, path) as opened:
        opened.write(b"written")


_OPENINGS: dict[str, Callable[[JobFolder, Path], object]] = {
    "read": lambda folder, path: file_access.read(folder.path, path, 100),
    "append": _write,
    "unpack": lambda folder, path: unpack(folder.path, path, folder.work, lambda: None),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("opening", _OPENINGS)
def test_nothing_but_a_regular_file_is_opened(
    job: JobFolder, outside: Path, monkeypatch: pytest.MonkeyPatch, opening: str, kind: str
) -> None:
    put(kind, job.path / "place", outside, monkeypatch)
    with pytest.raises((OSError, JobFailure)):
        _OPENINGS[opening](job, job.path / "place")
    assert (outside / "file").read_text().startswith('{"phase"')


@pytest.mark.parametrize("kind", KINDS)
def test_a_runners_files_must_be_regular_files(
    job: JobFolder, outside: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for place in (job.lock, job.state, job.slurm):
        put(kind, place, outside, monkeypatch)
    assert not is_alive(job)
    assert read_state(job) is None
    assert read_json(job.slurm) == {}
    assert not signal_runner(job, 0)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="Errno"):
        acquire_lock(job)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_replaces_anything_but_a_folder(
    job: JobFolder, outside: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    put(kind, job.state, outside, monkeypatch)
    put(kind, job.path / f".state.json.{os.getpid()}", outside, monkeypatch)
    if kind == "a folder":
        with pytest.raises(OSError, match="Errno"):
            write_state(job, RunState(1, 0.0))
    else:
        write_state(job, RunState(1, 0.0))
        assert read_state(job) == RunState(1, 0.0)
    assert (outside / "file").read_text().startswith('{"phase"')
    assert sorted(path.name for path in outside.iterdir()) == ["file"]


@pytest.mark.parametrize("name", ["J", "work", "results"])
def test_no_parent_folder_may_be_a_link(job: JobFolder, outside: Path, name: str) -> None:
    place = job.path if name == "J" else job.path / name
    place.rename(place.with_name("gone"))
    place.symlink_to(outside)
    path = place / "file"
    with pytest.raises(OSError, match="Errno"):
        file_access.read(job.path, path, 100)
    with pytest.raises(OSError, match="Errno"):
        _write(job, path)
    with pytest.raises(OSError, match="Errno"):
        list(file_access.walk(job.path, place))
    assert size_of(place) == 0
    assert (outside / "file").read_text().startswith('{"phase"')


def test_a_walk_does_not_follow_a_link_to_a_folder(job: JobFolder, outside: Path) -> None:
    (job.work / "a" / "b").mkdir(parents=True)
    (job.work / "a" / "x").touch()
    (job.work / "link").symlink_to(outside)
    found = ["/".join(entry.parts) for entry in file_access.walk(job.path, job.work)]
    assert found == ["a", "link", "a/b", "a/x"]


def test_folders_deeper_than_the_longest_path_are_walked(job: JobFolder) -> None:
    at = os.open(job.work, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("deep" * 9, dir_fd=at)
        below = os.open("deep" * 9, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)
    *_, last = file_access.walk(job.path, job.work)
    assert (len(last.parts), last.name) == (301, "file")
    assert remove(job.path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")
def test_a_lease_on_a_file_does_not_block(job: JobFolder) -> None:
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # so its holder is told
    job.state.write_text("{}")
    with job.state.open("r+b") as held:
        fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        began = time.monotonic()
        assert read_state(job) is None
        assert time.monotonic() - began < 5  # the kernel takes a lease away after 45
    signal.signal(signal.SIGIO, before)


def test_removing_a_job_does_not_change_link_targets(
    job: JobFolder, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outside / "file").chmod(0o400)
    folder = job.path / "tmp"
    folder.symlink_to(outside)
    # As where its parent folder may not be written: what a job has made so itself.
    monkeypatch.setenv("PATH", _without_rm(job.path))
    assert not remove(folder)
    assert stat.S_IMODE((outside / "file").stat().st_mode) == 0o400
    monkeypatch.undo()
    assert remove(folder)
    assert (outside / "file").exists()


def _without_rm(folder: Path) -> str:
    own = folder / "bin"
    own.mkdir()
    (own / "rm").write_text("#!/bin/sh\nexit 1\n")
    (own / "rm").chmod(0o755)
    return f"{own}{os.pathsep}{os.environ['PATH']}"


_CASES = [
    # The event loop once waited at this pipe, and a line was once added through this link.
    ("pizdaint", "results/stderr", "a pipe", False),
    ("pizdaint", "results/stderr", "a link to a file", False),
    # The service once listed whatever this link led to.
    ("nsg", "work/m", "a link to a folder", True),
]


@pytest.mark.parametrize(("hpc", "place", "kind", "apart"), _CASES)
def test_the_service_responds_and_leaks_nothing_whatever_a_job_replaces(
    tmp_path: Path, hpc: str, place: str, kind: str, apart: bool
) -> None:
    if apart and sandbox.sandbox_unavailable_reason():
        pytest.skip(f"not tested: {sandbox.sandbox_unavailable_reason()}")
    wrong, is_replaced = play(tmp_path / "case", hpc, place, kind, apart=apart)
    assert wrong == []
    assert is_replaced


def test_an_isolated_job_cannot_change_what_the_service_says(tmp_path: Path) -> None:
    if sandbox.sandbox_unavailable_reason():
        pytest.skip(f"not tested: {sandbox.sandbox_unavailable_reason()}")
    takes = "rm -rf stdout stderr ../results; mkfifo stdout stderr; echo said; exit 3"
    task = new_task(tmp_path, "TAKES", takes)
    assert asyncio.run(run_one(task)).phase is Phase.FAILED
    assert task.folder.stdout.read_text() == "said\n"
    assert task.folder.stderr.exists()


def test_a_hard_linked_file_is_packed_under_both_names(tmp_path: Path) -> None:
    script = "import os; open('a', 'w').write('7'); os.link('a', 'b'); os.mkfifo('p')"
    task = nsg_task(tmp_path, "LINKS", zipped({"m/init.py": script, "m/d/x": ""}))
    assert asyncio.run(run_one(task)).phase is Phase.SUCCEEDED
    with tarfile.open(task.folder.results / "output.tar.gz") as packed:
        names = {member.name for member in packed if member.isfile()}
        assert names == {"m/a", "m/b", "m/d/x", "m/init.py"}
        assert packed.getmember("m/d").isdir()


_OPENS = {
    "open", "fdopen", "read_text", "write_text", "read_bytes", "write_bytes", "scandir",
    "listdir", "iterdir", "glob", "rglob", "walk", "touch", "ZipFile",
}  # fmt: skip
_OF_OTHERS = {  # files of the service's own directory, of the user, of the system
    "address.py", "embedded.py", "storage/directory.py", "config/file.py", "http/upload.py",
    "executors/runner/descendants.py", "executors/runner/program.py",
    "executors/runner/cgroup.py", "executors/tools/mpi.py",
    # A tool's environment; written before the job's program runs.
    "executors/tools/plain_path.py",
    # What was just unpacked, before the job's program runs.
    "executors/runner/main_file.py", "executors/tools/installation.py",
}  # fmt: skip


# A member of an archive and an archive: what they read is open already.
_HARMLESS = {"opened.open", "zipfile.ZipFile", "tarfile.open", "os.fdopen"}


def test_no_other_module_opens_files_of_a_job() -> None:
    package = Path(file_access.__file__).parents[1]
    for module in package.rglob("*.py"):
        name = module.relative_to(package).as_posix()
        if name in _OF_OTHERS or module == Path(file_access.__file__):
            continue
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            words = ast.unparse(call)
            is_safe = "file_access." in words or "O_DIRECTORY" in words or "(descriptor" in words
            called = ast.unparse(call.func)
            opens = called.rpartition(".")[2] in _OPENS and called not in _HARMLESS
            assert is_safe or not opens, f"{name}: {words}"
