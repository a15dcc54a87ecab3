"""What a job may use of the machine: each limit ends it, in words, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import uuid
from pathlib import Path

import pytest

from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.executors.runner import sandbox
from bspsa_widgets.service.executors.runner.cgroup import ControlGroup, reports_task_limit
from bspsa_widgets.service.executors.runner.descendants import exact_memory, memory
from bspsa_widgets.service.executors.runner.limits import (
    MIB,
    Limits,
    LimitWatch,
    size_of,
    size_text,
)
from tests.service.conftest import zipped
from tests.service.running import new_task, nsg_task, run_one, running_with

_LIMITS = Limits(memory=200 * MIB, disk=20 * MIB, output=MIB, processes=20)
_FORKS = """
import os, time
for n in range(200):
    if os.fork() == 0: time.sleep(600)
time.sleep(600)
"""
_FILLS = """
import time
kept = []
while True:
    kept.append(bytearray(b'x') * 5_000_000)
    time.sleep(.01)
"""

_HUNGRY = {
    "memory": (f'python -c "{_FILLS}"', "used more than 200 MiB of memory"),
    "memory of many": (
        "for n in 1 2 3 4 5; do python -c \"x = bytearray(b'x') * 60_000_000; import time;"
        ' time.sleep(600)" & done; wait',
        "used more than 200 MiB of memory",
    ),
    "output": ("yes", "wrote more than 1 MiB to its standard output"),
    "errors": ("yes >&2", "wrote more than 1 MiB to its standard error"),
    "disk": (
        "for n in $(seq 1000); do head -c 1000000 /dev/zero > f$n; sleep 0.01; done; sleep 600",
        "wrote more than 20 MiB of files",
    ),
    "disk in tmp": (
        "for n in $(seq 1000); do head -c 1000000 /dev/zero > $TMPDIR/f$n; sleep 0.01; done",
        "wrote more than 20 MiB of files",
    ),
    "processes": (f'python -c "{_FORKS}"', "had more than 20 processes at once"),
}


@pytest.fixture(params=["kept apart", "not kept apart"])
def kept_apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "kept apart" and sandbox.sandbox_unavailable_reason():
        pytest.skip(f"not tested: {sandbox.sandbox_unavailable_reason()}")
    if request.param == "not kept apart":
        monkeypatch.setattr(
            "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason",
            lambda: "a test",
        )


def run(task: Task, limits: Limits = _LIMITS) -> JobProgress:
    return asyncio.run(run_one(task, limits=limits))


@pytest.mark.parametrize("what", _HUNGRY)
def test_a_job_above_a_limit_is_stopped_with_a_message(
    tmp_path: Path, kept_apart: None, what: str
) -> None:
    command, expected = _HUNGRY[what]
    nonce = uuid.uuid4().hex
    task = new_task(tmp_path, "HUNGRY", f"bash -c ': {nonce}; sleep 600' &\n{command}")
    began = time.monotonic()
    end = run(task)
    assert time.monotonic() - began < 25
    assert end.phase is Phase.FAILED
    told = task.folder.stderr.read_text(errors="replace")[-300:]
    # Which bound a job meets first, ours or the kernel's, is a question of milliseconds.
    assert expected in told or (what == "processes" and "than 80 processes and threads" in told)
    assert "which is the limit here: job ended." in told or "output" in expected or "error" in told
    assert running_with(nonce) == []
    assert task.folder.stdout.stat().st_size <= MIB
    assert task.folder.stderr.stat().st_size <= MIB + 1000
    assert size_of(task.folder.work) < 60 * MIB
    assert not task.folder.temporary.exists()


def test_one_file_never_exceeds_the_disk_limit(tmp_path: Path) -> None:
    task = new_task(tmp_path, "BIG", "head -c 500000000 /dev/zero > big")
    assert run(task).phase is Phase.FAILED
    assert (task.folder.work / "big").stat().st_size <= 20 * MIB
    assert "wrote more than 20 MiB to one file" in task.folder.stderr.read_text()


def test_a_job_within_its_limits_is_not_stopped(tmp_path: Path, kept_apart: None) -> None:
    fits = "head -c 900000 /dev/zero; head -c 9000000 /dev/zero > f"
    fits += "; for n in $(seq 9); do sleep 0.5 & done; wait"
    assert run(new_task(tmp_path, "FITS", fits)).phase is Phase.SUCCEEDED


_THREADS = """
import threading
ends = threading.Event()
count = 0
try:
    for count in range(300): threading.Thread(target=ends.wait, daemon=True).start()
except RuntimeError: pass
print(count)
"""


def test_the_kernel_limits_processes_and_threads_of_root(tmp_path: Path, kept_apart: None) -> None:
    if (bound := ControlGroup.make(1)) is None:
        pytest.skip("not tested: no control group can be made here")
    bound.remove()
    task = new_task(tmp_path, "THREADS", f'python -c "{_THREADS}"')
    # Without a bound of memory, which the threads' stacks would meet first.
    limits = Limits(memory=None, processes=20)
    assert run(task, limits).phase is Phase.SUCCEEDED
    most = limits.tasks
    assert most is not None
    assert most // 2 < int(task.folder.stdout.read_text()) < most


def test_the_control_group_of_a_killed_runner_is_removed_by_the_next(tmp_path: Path) -> None:
    if (bound := ControlGroup.make(1)) is None:
        pytest.skip("not tested: no control group can be made here")
    left = bound.folder.with_name(f"bspsa-{2**22 + 1}")  # no process has such a number
    left.mkdir()
    bound.remove()
    again = ControlGroup.make(1)
    assert again is not None
    again.remove()
    assert not left.exists()
    assert not again.folder.exists()


def test_a_failed_control_group_leaves_no_folder() -> None:
    """As on a machine of version 1, where `/sys/fs/cgroup` is a folder like any other."""
    bound = ControlGroup.make(1)
    if bound is not None:
        assert (bound.folder / "cgroup.procs").exists()  # the kernel's own, not a plain folder
        bound.remove()
    mount = Path("/sys/fs/cgroup")
    name = f"bspsa-{os.getpid()}"
    assert [*mount.glob(name), *mount.glob(f"*/{name}")] == []


def test_the_wall_time_limits_a_program_that_ignores_signals(
    tmp_path: Path, kept_apart: None
) -> None:
    nonce = uuid.uuid4().hex
    deaf = f"trap '' TERM; setsid bash -c ': {nonce}; trap \"\" TERM; sleep 600; :'"
    task = new_task(tmp_path, "DEAF", deaf, hours=0.5 / 3600)
    began = time.monotonic()
    assert run(task).phase is Phase.FAILED
    assert time.monotonic() - began < 10
    assert (
        "The wall time of 0.000138889 h (1 s) is over: job ended." in task.folder.stderr.read_text()
    )
    assert running_with(nonce) == []


def test_an_archive_that_unpacks_to_more_than_the_disks_limit_is_refused(tmp_path: Path) -> None:
    task = nsg_task(tmp_path, "BOMB", zipped({"m/init.py": "", "m/zeros": bytes(30 * MIB)}))
    assert run(task).phase is Phase.FAILED
    assert "would unpack to" in task.folder.stderr.read_text()
    assert size_of(task.folder.work) < MIB


def test_the_results_of_a_job_above_a_limit_are_packed(tmp_path: Path) -> None:
    script = "open('kept', 'w').write('7')\nwhile True: print('x' * 1000)"
    task = nsg_task(tmp_path, "PACKED", zipped({"m/init.py": script}))
    assert run(task).phase is Phase.FAILED
    assert (task.folder.results / "output.tar.gz").exists()


_SHARES = """
import os, time
x = bytearray(b'x') * 60_000_000
for n in range(6):
    if os.fork() == 0: time.sleep(1.5); os._exit(0)
time.sleep(1.5)
"""


def test_memory_that_forked_processes_share_is_counted_once(tmp_path: Path) -> None:
    task = new_task(tmp_path, "SHARES", f'python -c "{_SHARES}"')
    assert run(task).phase is Phase.SUCCEEDED, task.folder.stderr.read_text()


def test_ended_processes_are_not_counted() -> None:
    assert memory([os.getpid()]) >= exact_memory([os.getpid()]) * 0.9 > 0
    assert memory([2**22 + 7]) == exact_memory([2**22 + 7]) == 0


@pytest.mark.parametrize(
    ("size", "text"), [(1, "1 bytes"), (2048, "2 KiB"), (MIB, "1 MiB"), (3 * 2**29, "1.5 GiB")]
)
def test_sizes_are_readable(size: int, text: str) -> None:
    assert size_text(size) == text


def test_without_limits_no_limit_is_exceeded(tmp_path: Path) -> None:
    watch = LimitWatch(Limits(None, None, None, None), [tmp_path])
    assert watch.exceeded([os.getpid()] * 10**4) == ""


def test_two_jobs_fit_on_this_machine() -> None:
    import psutil

    found = Limits.of_this_machine().memory
    assert found is not None
    assert found * 2 <= psutil.virtual_memory().total
    assert sys.maxsize > found


@pytest.mark.parametrize(
    ("text", "is_reported"),
    [
        (b"command.sh: fork: retry: Resource temporarily unavailable\n", True),
        (b"sh: 1: Cannot fork\n", True),
        (b"    os.fork()\nBlockingIOError: [Errno 11] Resource temporarily unavailable\n", True),
        (b"RuntimeError: can't start new thread\n", True),
        (b"libgomp: Thread creation failed: Resource temporarily unavailable\n", True),
        (b"recv: Resource temporarily unavailable\n", False),
        (b"the fork in the road\n", False),
        (b"", False),
    ],
)
def test_a_users_process_limit_is_found_in_the_programs_output(
    text: bytes, is_reported: bool
) -> None:
    assert reports_task_limit(text) is is_reported


@pytest.mark.skipif(os.geteuid() == 0, reason="the bound of a user does not hold for root")
def test_a_fork_bomb_that_ends_by_itself_names_its_limit(tmp_path: Path) -> None:
    bomb = "for n in $(seq 400); do sleep 600 & done"
    task = new_task(tmp_path, "BOMB", f"sh -c '{bomb}'")
    assert run(task).phase is Phase.FAILED
    told = task.folder.stderr.read_text(errors="replace")[-300:]
    assert "than 80 processes and threads" in told or "more than 20 processes" in told
