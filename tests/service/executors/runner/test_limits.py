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
from bspsa_widgets.service.executors.runner.cgroup import TaskBound, tells_of_no_process
from bspsa_widgets.service.executors.runner.descendants import exact_memory, memory
from bspsa_widgets.service.executors.runner.limits import MIB, Limits, LimitWatch, size_of, words
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
    if request.param == "kept apart" and sandbox.why_not():
        pytest.skip(f"not tested: {sandbox.why_not()}")
    if request.param == "not kept apart":
        monkeypatch.setattr(
            "bspsa_widgets.service.executors.local.executor.why_not", lambda: "a test"
        )


def run(task: Task, limits: Limits = _LIMITS) -> JobProgress:
    return asyncio.run(run_one(task, limits=limits))


@pytest.mark.parametrize("what", _HUNGRY)
def test_a_job_that_takes_too_much_is_ended_and_told_so(
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


def test_one_file_cannot_pass_the_limit_of_the_disk_not_even_for_a_moment(tmp_path: Path) -> None:
    task = new_task(tmp_path, "BIG", "head -c 500000000 /dev/zero > big")
    assert run(task).phase is Phase.FAILED
    assert (task.folder.work / "big").stat().st_size <= 20 * MIB
    assert "wrote more than 20 MiB to one file" in task.folder.stderr.read_text()


def test_within_its_limits_a_job_is_left_alone(tmp_path: Path, kept_apart: None) -> None:
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


def test_the_kernel_bounds_processes_and_threads_of_root_too(
    tmp_path: Path, kept_apart: None
) -> None:
    if (bound := TaskBound.make(1)) is None:
        pytest.skip("not tested: no control group can be made here")
    bound.remove()
    task = new_task(tmp_path, "THREADS", f'python -c "{_THREADS}"')
    # Without a bound of memory, which the threads' stacks would meet first.
    limits = Limits(memory=None, processes=20)
    assert run(task, limits).phase is Phase.SUCCEEDED
    most = limits.tasks
    assert most is not None
    assert most // 2 < int(task.folder.stdout.read_text()) < most


def test_the_group_of_a_runner_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    if (bound := TaskBound.make(1)) is None:
        pytest.skip("not tested: no control group can be made here")
    left = bound.folder.with_name(f"bspsa-{2**22 + 1}")  # no process has such a number
    left.mkdir()
    bound.remove()
    again = TaskBound.make(1)
    assert again is not None
    again.remove()
    assert not left.exists()
    assert not again.folder.exists()


def test_where_no_control_group_can_be_made_nothing_is_left_of_the_attempt() -> None:
    """As on a machine of version 1, where `/sys/fs/cgroup` is a folder like any other."""
    bound = TaskBound.make(1)
    if bound is not None:
        assert (bound.folder / "cgroup.procs").exists()  # the kernel's own, not a plain folder
        bound.remove()
    mount = Path("/sys/fs/cgroup")
    name = f"bspsa-{os.getpid()}"
    assert [*mount.glob(name), *mount.glob(f"*/{name}")] == []


def test_the_wall_time_is_kept_also_by_one_who_does_not_listen(
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


def test_results_are_packed_of_a_job_that_passed_a_limit(tmp_path: Path) -> None:
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


def test_of_who_is_gone_nothing_is_counted() -> None:
    assert memory([os.getpid()]) >= exact_memory([os.getpid()]) * 0.9 > 0
    assert memory([2**22 + 7]) == exact_memory([2**22 + 7]) == 0


@pytest.mark.parametrize(
    ("size", "text"), [(1, "1 bytes"), (2048, "2 KiB"), (MIB, "1 MiB"), (3 * 2**29, "1.5 GiB")]
)
def test_sizes_are_told_for_people(size: int, text: str) -> None:
    assert words(size) == text


def test_without_limits_nothing_is_broken(tmp_path: Path) -> None:
    watch = LimitWatch(Limits(None, None, None, None), [tmp_path])
    assert watch.broken([os.getpid()] * 10**4) == ""


def test_of_this_machine_two_jobs_have_room() -> None:
    import psutil

    found = Limits.of_this_machine().memory
    assert found is not None
    assert found * 2 <= psutil.virtual_memory().total
    assert sys.maxsize > found


@pytest.mark.parametrize(
    ("words", "is_told"),
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
def test_the_bound_of_a_user_is_known_by_what_the_program_says(words: bytes, is_told: bool) -> None:
    assert tells_of_no_process(words) is is_told


@pytest.mark.skipif(os.geteuid() == 0, reason="the bound of a user does not hold for root")
def test_a_fork_bomb_that_ends_by_itself_is_told_which_limit_it_passed(tmp_path: Path) -> None:
    bomb = "for n in $(seq 400); do sleep 600 & done"
    task = new_task(tmp_path, "BOMB", f"sh -c '{bomb}'")
    assert run(task).phase is Phase.FAILED
    told = task.folder.stderr.read_text(errors="replace")[-300:]
    assert "than 80 processes and threads" in told or "more than 20 processes" in told
