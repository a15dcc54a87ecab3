"""A job's processes: all of them end, a few jobs run at once, the rest wait in order."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.executors.dispatcher import Dispatcher
from bspsa_widgets.service.executors.local.executor import LocalExecutor
from bspsa_widgets.service.executors.local.process_tree import find_processes
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.runner import sandbox
from bspsa_widgets.service.storage.job_folder import JobFolder, remove
from tests.service.conftest import until
from tests.service.running import Log, local, new_task, run_one, running_with

_DAEMON = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
time.sleep(600)
"""

# Each of them tries to get away: sessions, double forks, deaf ears, a cleared environment.
_AWAY = f"""
cat > d.py <<'END'
{_DAEMON}
END
python d.py NONCE-1
setsid bash -c ': NONCE-2; sleep 600; :' &
nohup bash -c ': NONCE-3; trap "" TERM HUP; while :; do sleep 1; done' &
(env -i bash -c ': NONCE-4; sleep 600; :' & wait) &
env -i setsid bash -c '(env -i setsid bash -c ": NONCE-5; trap \"\" TERM; sleep 600; :" &)'
bash -c ': NONCE-6; sleep 600; :'
"""


@pytest.fixture(params=["kept apart", "not kept apart"])
def kept_apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways of running a job."""
    apart: bool = request.param == "kept apart"
    if apart and sandbox.sandbox_unavailable_reason():
        pytest.skip(f"not tested: {sandbox.sandbox_unavailable_reason()}")
    if not apart:
        monkeypatch.setattr(
            "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason",
            lambda: "a test",
        )
    return apart


def test_a_cancel_stops_all_processes_also_daemons(tmp_path: Path, kept_apart: bool) -> None:
    nonce = uuid.uuid4().hex

    async def run() -> None:
        log = Log()
        async with local(log) as executor:
            task = new_task(tmp_path, "AWAY", _AWAY.replace("NONCE", nonce))
            await executor.submit(task)
            await log.until(lambda: log.running() == ["AWAY"])
            for number in range(1, 7):
                await asyncio.to_thread(until, lambda n=number: running_with(f"{nonce}-{n}"))
            began = time.monotonic()
            await executor.cancel("AWAY")
            assert time.monotonic() - began < 5
            assert running_with(nonce) == []
            assert log.ends["AWAY"].phase is Phase.CANCELLED
            assert "was cancelled" in task.folder.stderr.read_text()

    asyncio.run(run())


def test_processes_that_a_job_leaves_are_stopped_with_it(tmp_path: Path, kept_apart: bool) -> None:
    nonce = uuid.uuid4().hex
    left = f"(env -i setsid bash -c ': {nonce}; sleep 600; :' &); sleep 0.3; exit 0"
    task = new_task(tmp_path, "LEAVES", left)
    assert asyncio.run(run_one(task)).phase is Phase.SUCCEEDED
    assert running_with(nonce) == []


def test_a_job_gets_sigterm_before_sigkill(tmp_path: Path, kept_apart: bool) -> None:
    async def run() -> None:
        log = Log()
        async with local(log) as executor:
            patient = "trap 'echo farewell; exit' TERM; echo ready; sleep 600 & wait"
            task = new_task(tmp_path, "ASKED", patient)
            await executor.submit(task)
            await log.until(lambda: log.running() == ["ASKED"])
            said = task.folder.stdout
            await asyncio.to_thread(until, lambda: said.exists() and said.read_text())
            await executor.cancel("ASKED")
            assert said.read_text() == "ready\nfarewell\n"

    asyncio.run(run())


def test_slots_limit_running_jobs_and_the_queue_keeps_its_order(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        async with local(log, slots=2) as executor:
            # A job sees its own folder only: each waits for a sign of its own.
            wait = "while [ ! -e gate ]; do sleep 0.01; done"
            tasks = [new_task(tmp_path, f"J{number}", wait) for number in range(6)]
            for task in tasks:
                await executor.submit(task)
            await log.until(lambda: len(log.running()) == 2)
            assert sorted(log.running()) == ["J0", "J1"]
            for number, task in enumerate(tasks):
                await log.until(lambda n=number: f"J{n}" in log.running())
                (task.folder.work / "gate").touch()
            await log.until(lambda: len(log.ends) == 6)
            started = [job for job, phase in log.steps if phase is Phase.RUNNING]
            # Two slots: neighbours may swap, nobody is overtaken by more.
            assert all(abs(started.index(f"J{n}") - n) <= 1 for n in range(6))
            most = _most_at_once(log)
            assert most == 2

    asyncio.run(run())


def test_a_job_has_a_lower_priority_than_the_users_programs(tmp_path: Path) -> None:
    task = new_task(tmp_path, "NICE", "nice")
    asyncio.run(run_one(task))
    assert int(task.folder.stdout.read_text()) == min(19, os.nice(0) + 5)


_NICE = """
import asyncio, pathlib, sys
from tests.service.running import new_task, run_one
task = new_task(pathlib.Path(sys.argv[1]), "NICE", "nice")
asyncio.run(run_one(task))
print(task.folder.stdout.read_text())
"""


@pytest.mark.parametrize(("more", "niceness"), [(1, 6), (12, 17), (15, 19)])
def test_a_job_has_a_lower_priority_than_its_service(
    tmp_path: Path, more: int, niceness: int
) -> None:
    command = ["nice", "-n", str(more), sys.executable, "-c", _NICE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) == min(19, niceness + os.nice(0))


def _most_at_once(log: Log) -> int:
    now = most = 0
    for _, phase in log.steps:
        now += (phase is Phase.RUNNING) - phase.is_end
        most = max(most, now)
    return most


def test_a_waiting_job_is_cancelled_without_ever_starting(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        async with local(log, slots=1) as executor:
            await executor.submit(new_task(tmp_path, "FIRST", "sleep 600"))
            await executor.submit(new_task(tmp_path, "SECOND", f"touch {tmp_path}/ran"))
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

    asyncio.run(run())


def test_a_cancel_right_after_the_submission_never_leaves_a_process(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        async with local(log, slots=2) as executor:
            for number in range(8):
                name = f"RACE{number}"
                await executor.submit(new_task(tmp_path, name, "sleep 600"))
                for _ in range(number):
                    await asyncio.sleep(0)
                await executor.cancel(name)
                assert log.ends[name].phase is Phase.CANCELLED
                assert find_processes(name) == []

    asyncio.run(run())


def test_closing_fails_running_jobs_and_keeps_waiting_ones(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        async with local(log, slots=1) as executor:
            task = new_task(tmp_path, "RUNS", "sleep 600")
            await executor.submit(task)
            await executor.submit(new_task(tmp_path, "WAITS"))
            await log.until(lambda: log.running() == ["RUNS"])
        assert list(log.ends) == ["RUNS"]
        assert log.ends["RUNS"].phase is Phase.FAILED
        assert "service was stopped" in task.folder.stderr.read_text()
        assert find_processes("RUNS") == []

    asyncio.run(run())


def test_the_wall_time_counts_only_running(tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        async with local(log, slots=1) as executor:
            await executor.submit(new_task(tmp_path, "LONG", "sleep 600", hours=0.3 / 3600))
            await log.until(lambda: "LONG" in log.ends)
            assert log.ends["LONG"].phase is Phase.FAILED
            assert 0.3 <= log.ends["LONG"].seconds < 3

    asyncio.run(run())


def test_a_failed_report_or_missing_folder_does_not_stop_other_jobs(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        log = Log()

        async def report(job_id: str, progress: JobProgress) -> None:
            await log(job_id, progress)
            if job_id == "BAD":
                raise RuntimeError("disk full")

        async with local(report, slots=1) as executor:
            await executor.submit(new_task(tmp_path, "BAD"))
            gone = Task(
                "GONE", JobFolder(tmp_path / "a" / "gone", "pizdaint"), JobSettings(1.0), None
            )
            await executor.submit(gone)
            await executor.submit(new_task(tmp_path, "GOOD"))
            await log.until(lambda: len(log.ends) == 3)
            assert log.ends["GONE"].phase is Phase.FAILED
            assert log.ends["GOOD"].phase is Phase.SUCCEEDED

    asyncio.run(run())


@pytest.mark.parametrize("place", ["$TMPDIR", "."])
def test_very_deep_folders_do_not_fail_a_job(tmp_path: Path, place: str) -> None:
    program = "import os\nfor n in range(1500): os.mkdir('d'); os.chdir('d')"
    task = new_task(tmp_path, "DEEP", f'cd {place} && python -c "{program}"')
    end = asyncio.run(run_one(task))
    assert end.phase is Phase.SUCCEEDED, task.folder.stderr.read_text()
    assert not task.folder.temporary.exists()
    assert remove(task.folder.path)


def test_a_started_job_is_never_started_again(
    tmp_path: Path,
) -> None:
    nonce = uuid.uuid4().hex

    async def run() -> None:
        log = Log()
        wait = "while [ ! -e seen ]; do sleep 0.02; done"
        away = f"echo ran >> times; {wait}; rm -f ../state.* ../spec.json; : {nonce}; sleep 600"
        task = new_task(tmp_path, "AWAY", f"bash -c '{away}'")
        first = Dispatcher(LocalExecutor(RunOptions()), log)
        await first.submit(task)
        await asyncio.to_thread(until, log.running, "the job")
        (task.folder.work / "seen").touch()  # before, nobody would have known that it had begun
        await asyncio.to_thread(until, lambda: not task.folder.state.exists(), "the removal")
        await first.close(stop_jobs=False)
        async with local(log) as after:
            await after.resume([replace(task, started=True)])
            await log.ended("AWAY")
        assert log.ends["AWAY"].phase is Phase.FAILED
        assert "ended from outside" in task.folder.stderr.read_text()
        assert (task.folder.work / "times").read_text() == "ran\n"
        assert running_with(nonce) == []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "bspsa_widgets.service.executors.local.executor.sandbox_unavailable_reason",
            lambda: "a test",
        )
        asyncio.run(run())
