"""A job's processes: all of them end, a few jobs run at once, the rest wait in order."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from bspsa_widgets.service.executors import Phase, Progress, Task
from bspsa_widgets.service.executors.environment import STAND_INS, job_environment
from bspsa_widgets.service.executors.local import LocalExecutor
from bspsa_widgets.service.executors.process_tree import MARKER, find_processes
from bspsa_widgets.service.job_folder import JobFolder
from bspsa_widgets.service.settings import Settings

from .conftest import Caller, until

_DAEMON = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
"""


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _pids(folder: Path, names: list[str]) -> list[int]:
    until(lambda: all((folder / n).exists() and (folder / n).read_text() for n in names), "pids")
    return [int((folder / name).read_text()) for name in names]


def test_a_cancel_ends_the_whole_tree_also_what_forked_away(call: Caller, shared: Any) -> None:
    command = f"""
cat > d.py <<'END'
{_DAEMON}
END
python d.py daemon
setsid bash -c 'echo $$ > session; sleep 600' &
nohup bash -c 'trap "" TERM HUP; echo $$ > stubborn; while :; do sleep 1; done' &
(env -i sleep 600 & echo $! > cleared; wait) &
echo $$ > shell
wait
"""
    job = call.submit("pizdaint", command=command)
    folder = shared.directory / "jobs" / job["job_id"] / "work"
    pids = _pids(folder, ["daemon", "session", "stubborn", "cleared", "shell"])
    assert all(_lives(pid) for pid in pids)
    began = time.monotonic()
    over = call.cancel(job)
    assert time.monotonic() - began < 5
    assert over["stage"] == "CANCELED"
    assert [pid for pid in pids if _lives(pid)] == []


def test_what_a_job_leaves_running_ends_with_it(call: Caller, shared: Any) -> None:
    job = call.submit("pizdaint", command="setsid sleep 600 & echo $! > left; exit 0")
    assert call.ended(job)["stage"] == "SUCCESSFUL"
    folder = shared.directory / "jobs" / job["job_id"] / "work"
    assert not _lives(_pids(folder, ["left"])[0])


class Log:
    """What an executor reported; can be waited for."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Phase]] = []
        self.ends: dict[str, Progress] = {}
        self._changed = asyncio.Event()

    async def __call__(self, job_id: str, progress: Progress) -> None:
        self.steps.append((job_id, progress.phase))
        if progress.phase.is_end:
            self.ends[job_id] = progress
        self._changed.set()

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not look():
                self._changed.clear()
                await self._changed.wait()

    def running(self) -> list[str]:
        started = [job for job, phase in self.steps if phase is Phase.RUNNING]
        return [job for job in started if job not in self.ends]


def _task(root: Path, name: str, command: str = "true", hours: float = 1.0) -> Task:
    folder = JobFolder(root / name, "pizdaint")
    folder.create(None, None)
    return Task(name, folder, Settings(hours, command=command), None)


def test_so_many_run_at_once_and_the_rest_follow_in_the_order_they_came(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        executor = LocalExecutor(log, slots=2)
        gate = tmp_path / "gate"
        wait = f"while [ ! -e {gate} ]; do sleep 0.01; done"
        for number in range(6):
            await executor.submit(_task(tmp_path, f"J{number}", wait))
        await log.until(lambda: len(log.running()) == 2)
        assert log.running() == ["J0", "J1"]
        gate.touch()
        await log.until(lambda: len(log.ends) == 6)
        started = [job for job, phase in log.steps if phase is Phase.RUNNING]
        # Two slots: neighbours may swap, nobody is overtaken by more.
        assert all(abs(started.index(f"J{n}") - n) <= 1 for n in range(6))
        most = _most_at_once(log)
        assert most == 2
        await executor.close()

    asyncio.run(run())


def _most_at_once(log: Log) -> int:
    now = most = 0
    for _, phase in log.steps:
        now += (phase is Phase.RUNNING) - phase.is_end
        most = max(most, now)
    return most


def test_a_waiting_job_is_cancelled_without_ever_starting(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        executor = LocalExecutor(log, slots=1)
        await executor.submit(_task(tmp_path, "FIRST", "sleep 600"))
        await executor.submit(_task(tmp_path, "SECOND", f"touch {tmp_path}/ran"))
        await log.until(lambda: log.running() == ["FIRST"])
        await executor.cancel("SECOND")
        await executor.cancel("FIRST")
        assert {job: end.phase for job, end in log.ends.items()} == {
            "FIRST": Phase.CANCELLED,
            "SECOND": Phase.CANCELLED,
        }
        assert log.ends["SECOND"].seconds == 0
        assert not (tmp_path / "ran").exists()
        await executor.cancel("NEVER")
        await executor.close()

    asyncio.run(run())


def test_a_cancel_right_after_the_submission_never_leaves_a_process(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        executor = LocalExecutor(log, slots=2)
        for number in range(20):
            name = f"RACE{number}"
            await executor.submit(_task(tmp_path, name, "sleep 600"))
            for _ in range(number):
                await asyncio.sleep(0)
            await executor.cancel(name)
            assert log.ends[name].phase is Phase.CANCELLED
            assert find_processes(name) == []
        await executor.close()

    asyncio.run(run())


def test_closing_ends_what_runs_as_failed_and_leaves_what_waits(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        executor = LocalExecutor(log, slots=1)
        task = _task(tmp_path, "RUNS", "sleep 600")
        await executor.submit(task)
        await executor.submit(_task(tmp_path, "WAITS"))
        await log.until(lambda: log.running() == ["RUNS"])
        await executor.close()
        assert list(log.ends) == ["RUNS"]
        assert log.ends["RUNS"].phase is Phase.FAILED
        assert "service was stopped" in task.folder.stderr.read_text()
        assert find_processes("RUNS") == []

    asyncio.run(run())


def test_the_wall_time_counts_the_running_only(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        executor = LocalExecutor(log, slots=1)
        await executor.submit(_task(tmp_path, "LONG", "sleep 600", hours=0.3 / 3600))
        await log.until(lambda: "LONG" in log.ends)
        assert log.ends["LONG"].phase is Phase.FAILED
        assert 0.3 <= log.ends["LONG"].seconds < 3
        await executor.close()

    asyncio.run(run())


def test_a_report_that_fails_or_a_folder_that_is_gone_does_not_stop_the_others(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        log = Log()

        async def report(job_id: str, progress: Progress) -> None:
            await log(job_id, progress)
            if job_id == "BAD":
                raise RuntimeError("disk full")

        executor = LocalExecutor(report, slots=1)
        await executor.submit(_task(tmp_path, "BAD"))
        gone = Task("GONE", JobFolder(tmp_path / "gone", "pizdaint"), Settings(1.0), None)
        await executor.submit(gone)
        await executor.submit(_task(tmp_path, "GOOD"))
        await log.until(lambda: len(log.ends) == 3)
        assert log.ends["GONE"].phase is Phase.FAILED
        assert log.ends["GOOD"].phase is Phase.SUCCEEDED
        await executor.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "name",
    ["BSPSA_TOKEN", "CLB_AUTH", "my_token", "DB_PASSWORD", "AWS_SECRET", "AWS_ACCESS_KEY_ID",
     "JPY_API_TOKEN", "PGPASSWD", "GOOGLE_APPLICATION_CREDENTIALS", "BSPSA_SERVICE_DIR"],
)  # fmt: skip
def test_a_secret_in_the_environment_does_not_reach_a_job(name: str) -> None:
    found = job_environment("ID", {name: "sentinel", "PATH": "/bin", "LANG": "C"})
    assert "sentinel" not in found.values()
    assert (found["LANG"], found[MARKER]) == ("C", "ID")
    # This Python first, the user's own programs next, stand-ins only where there are none.
    assert found["PATH"].split(os.pathsep) == [
        str(Path(sys.executable).parent),
        "/bin",
        str(STAND_INS),
    ]
