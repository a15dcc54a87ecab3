"""Jobs handed to a real Slurm, of our own, on this machine."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bspsa_widgets.errors import LocalServiceError
from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.service.executors import JobProgress, Phase, Task, TooLarge
from bspsa_widgets.service.executors.dispatcher import Dispatcher
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.executors.runner.state import RunState, read_state
from bspsa_widgets.service.executors.slurm import commands as slurm_commands
from bspsa_widgets.service.executors.slurm.commands import QueuedJob, minutes, read_row
from bspsa_widgets.service.executors.slurm.executor import SlurmExecutor
from bspsa_widgets.service.executors.slurm.states import end_of
from tests.service.conftest import Caller, until, zipped
from tests.service.executors.slurm import slurm as own_slurm
from tests.service.executors.slurm.slurm import Slurm
from tests.service.running import Log, new_task, nsg_task, running_with


@pytest.fixture(scope="module")
def cluster() -> Iterator[Slurm]:
    if lost := own_slurm.missing():
        sys.__stderr__ and sys.__stderr__.write(f"\n!!! SLURM IS NOT TESTED: {lost}\n")
        pytest.skip(f"no Slurm: {lost}")
    with Slurm() as found:
        yield found


@pytest.fixture
def slurm(cluster: Slurm, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
    return cluster


def dispatcher(log: Log) -> Dispatcher:
    executor = SlurmExecutor(RunOptions())
    executor.poll_interval = 0.1
    return Dispatcher(executor, log)


def number_of(slurm: Slurm, task: Task) -> str:
    name = slurm_commands.name_of(task.job_id)
    return slurm.ask("squeue", "-h", "-t", "all", "-o", "%A", f"--name={name}").strip()


def test_states_and_exit_codes_are_right(slurm: Slurm, tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        # The folders of a service have names that its users chose.
        root = tmp_path / "a dir with spaces, 100%j and 'quotes'"
        commands = {"GOOD": "echo $PWD", "BAD": "exit 3", "KILLED": "kill -9 $$", "NONE": "no-such"}
        tasks = {name: new_task(root, name, command) for name, command in commands.items()}
        for task in tasks.values():
            await jobs.submit(task)
        await log.ended(*tasks)
        await jobs.close(stop_jobs=True)
        assert {name: end.phase for name, end in log.ends.items()} == {
            "GOOD": Phase.SUCCEEDED,
            "BAD": Phase.FAILED,
            "KILLED": Phase.FAILED,
            "NONE": Phase.FAILED,
        }
        codes = {
            name: getattr(read_state(task.folder), "code", None) for name, task in tasks.items()
        }
        assert codes == {"GOOD": 0, "BAD": 3, "KILLED": -9, "NONE": 127}
        assert tasks["GOOD"].folder.stdout.read_text() == f"{tasks['GOOD'].folder.work}\n"
        assert b"no-such" in tasks["NONE"].folder.stderr.read_bytes()

    asyncio.run(run())


def test_a_job_waits_at_slurm_runs_there_on_all_its_cores_and_its_wall_time_is_slurms(
    slurm: Slurm, tmp_path: Path
) -> None:
    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        wait = "while [ ! -e go ]; do sleep 0.05; done"
        first = new_task(tmp_path, "FIRST", wait, hours=0.51, cores=2)
        second = new_task(tmp_path, "SECOND", "srun hostname; echo $SLURM_JOB_NUM_NODES", cores=2)
        await jobs.submit(first)
        await log.until(lambda: log.running() == ["FIRST"])
        await jobs.submit(second)
        await log.until(lambda: ("SECOND", Phase.WAITING) in log.steps)
        shown = slurm.ask("scontrol", "show", "job", number_of(slurm, first))
        assert "TimeLimit=00:31:00" in shown
        assert "NumNodes=1 NumCPUs=2 NumTasks=2 CPUs/Task=1" in shown
        (first.folder.work / "go").touch()
        await log.ended("FIRST", "SECOND")
        await jobs.close(stop_jobs=True)
        assert second.folder.stdout.read_text().split() == [slurm.host, slurm.host, "1"]
        assert log.ends["FIRST"].seconds > 0

    asyncio.run(run())


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0.0001, 1), (1 / 60, 1), (0.02, 2), (0.5, 30), (1.0, 60), (1.00001, 61), (0.1 + 0.2, 18)],
)
def test_a_wall_time_is_rounded_up_to_minutes(hours: float, expected: int) -> None:
    assert minutes(hours) == expected


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ({"cores": 12}, "processors"),
        ({"nodes": 3}, "processors|[Nn]ode"),
        ({"runtime": 48.0}, "time limit"),
    ],
)
def test_an_impossible_job_is_refused_with_slurms_message(
    slurm: Slurm, size: dict[str, Any], words: str
) -> None:
    async def run() -> None:
        jobs = dispatcher(Log())
        await jobs.check(JobSettings(1.0, command="true"))
        with pytest.raises(TooLarge, match=f"Slurm refuses the job: .*{words}"):
            await jobs.check(JobSettings(**({"runtime": 1.0, "command": "true"} | size)))

    asyncio.run(run())


def test_nsg_jobs_run_at_slurm_too(slurm: Slurm, tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        archive = zipped({"m/init.py": "import os; print(os.environ['SLURM_JOB_ID'])"})
        task = nsg_task(tmp_path, "NSG", archive)
        await jobs.submit(task)
        await log.ended("NSG")
        assert log.ends["NSG"].phase is Phase.SUCCEEDED
        assert task.folder.stdout.read_text().strip() == number_of(slurm, task)
        assert (task.folder.results / "output.tar.gz").exists()
        await jobs.close(stop_jobs=True)

    asyncio.run(run())


def test_a_cancel_stops_all_processes_within_seconds(slurm: Slurm, tmp_path: Path) -> None:
    nonce = uuid.uuid4().hex

    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        away = (
            f"setsid bash -c ': {nonce}-1; sleep 600; :' &\n"
            f"env -i setsid bash -c '(env -i setsid bash -c \": {nonce}-2; sleep 600; :\" &)'\n"
            f"bash -c ': {nonce}-3; trap \"\" TERM; while :; do sleep 1; done'"
        )
        task = new_task(tmp_path, "AWAY", away)
        await jobs.submit(task)
        for number in (1, 2, 3):
            await asyncio.to_thread(until, lambda n=number: running_with(f"{nonce}-{n}"))
        began = time.monotonic()
        await jobs.cancel("AWAY")
        assert time.monotonic() - began < 5
        assert log.ends["AWAY"].phase is Phase.CANCELLED
        assert running_with(nonce) == []
        assert "was cancelled" in task.folder.stderr.read_text()
        waiting = new_task(tmp_path, "WAITING", nodes=1, cores=2)
        await jobs.submit(new_task(tmp_path, "HOLDS", "sleep 600", cores=2))
        await jobs.submit(waiting)
        await log.until(lambda: ("WAITING", Phase.WAITING) in log.steps)
        await jobs.cancel("WAITING")
        assert log.ends["WAITING"] == JobProgress(Phase.CANCELLED)
        await jobs.cancel("HOLDS")
        await jobs.close(stop_jobs=True)

    asyncio.run(run())


def test_a_job_that_an_administrator_cancels_is_cancelled(slurm: Slurm, tmp_path: Path) -> None:
    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        task = new_task(tmp_path, "ENDED", "sleep 600")
        await jobs.submit(task)
        await log.until(lambda: log.running() == ["ENDED"])
        slurm.ask("scancel", number_of(slurm, task))
        await log.ended("ENDED")
        assert log.ends["ENDED"].phase is Phase.CANCELLED
        await jobs.close(stop_jobs=True)

    asyncio.run(run())


def test_jobs_wait_for_a_drained_node_and_a_node_failure_is_reported(
    slurm: Slurm, tmp_path: Path
) -> None:
    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        slurm.set_node("DRAIN", "bad disk | back on Monday, perhaps")
        try:
            task = new_task(tmp_path, "DRAINED", "echo ran; sleep 600")
            await jobs.submit(task)
            await log.until(lambda: ("DRAINED", Phase.WAITING) in log.steps)
            await asyncio.sleep(1.5)  # Slurm has thought about it
            await jobs.check(task.settings)  # what has to wait is not too large
            with pytest.raises(TooLarge):
                await jobs.check(JobSettings(1.0, cores=12, command="true"))
            assert "DRAINED" not in log.ends
        finally:
            slurm.mend_node()
        await log.until(lambda: log.running() == ["DRAINED"])
        slurm.set_node("DOWN", "power lost")
        try:
            await log.ended("DRAINED")
        finally:
            slurm.mend_node()
        assert log.ends["DRAINED"].phase is Phase.FAILED
        assert "machine that ran the job has failed" in task.folder.stderr.read_text()
        await jobs.close(stop_jobs=True)

    asyncio.run(run())


def test_while_slurm_is_unreachable_no_job_fails_and_jobs_are_accepted(
    slurm: Slurm, tmp_path: Path
) -> None:
    async def run() -> None:
        log = Log()
        jobs = dispatcher(log)
        wait = "while [ ! -e go ]; do sleep 0.05; done; exit 4"
        task = new_task(tmp_path, "OUTLIVES", wait)
        quick = new_task(tmp_path, "QUICK", "while [ ! -e go ]; do sleep 0.05; done")
        for one in (task, quick):
            await jobs.submit(one)
        await log.until(lambda: set(log.running()) == {"OUTLIVES", "QUICK"})
        slurm.kill_controller()
        try:
            (quick.folder.work / "go").touch()  # it ends while nobody listens
            await asyncio.to_thread(until, lambda: _is_over(quick))
            await jobs.check(JobSettings(1.0, cores=99, command="true"))  # no word is no refusal
            assert await asyncio.to_thread(slurm_commands.unavailable_reason) == ""
            await jobs.submit(new_task(tmp_path, "LATER", "echo later"))
            await asyncio.sleep(1)
            assert log.ends == {}
        finally:
            slurm.start_controller()
            slurm.mend_node()
        await log.ended("QUICK", "LATER")
        assert "OUTLIVES" not in log.ends
        (task.folder.work / "go").touch()
        await log.ended("OUTLIVES")
        assert log.ends["OUTLIVES"].phase is Phase.FAILED
        assert log.ends["LATER"].phase is log.ends["QUICK"].phase is Phase.SUCCEEDED
        assert getattr(read_state(task.folder), "code", None) == 4
        await jobs.close(stop_jobs=True)

    asyncio.run(run())


def _is_over(task: Task) -> bool:
    state = read_state(task.folder)
    return state is not None and state.phase.is_end


def test_after_a_restart_all_jobs_are_resumed(slurm: Slurm, tmp_path: Path) -> None:
    wait = "echo ran >> times; while [ ! -e go ]; do sleep 0.05; done; exit 5"

    async def before() -> list[Task]:
        log = Log()
        jobs = dispatcher(log)
        found = [
            new_task(tmp_path, "GOES-ON", wait),
            new_task(tmp_path, "LOST", "echo ran >> times; while [ ! -e go ]; do sleep 0.05; done"),
        ]
        for task in found:
            await jobs.submit(task)
        await log.until(lambda: len(log.running()) == 2)
        done = new_task(tmp_path, "DONE", "exit 6", cores=1)
        await jobs.submit(done)
        await asyncio.to_thread(until, done.folder.slurm.exists)
        # As by kill -9: nobody looks any more. One job's number was not written down.
        await jobs.close(stop_jobs=False)
        found[1].folder.slurm.unlink()
        return [*found, done]

    async def after(tasks: list[Task]) -> None:
        log = Log()
        jobs = dispatcher(log)
        never_sent = new_task(tmp_path, "UNSENT", "echo ran >> times", cores=1)
        await jobs.resume([*tasks, never_sent])
        await log.until(lambda: len(log.running()) == 2)
        for task in tasks[:2]:
            (task.folder.work / "go").touch()
        await log.ended("GOES-ON", "LOST", "DONE", "UNSENT")
        await jobs.close(stop_jobs=True)
        ends = {name: end.phase for name, end in log.ends.items()}
        assert ends == {
            "GOES-ON": Phase.FAILED,
            "LOST": Phase.SUCCEEDED,
            "DONE": Phase.FAILED,
            "UNSENT": Phase.SUCCEEDED,
        }
        assert getattr(read_state(tasks[0].folder), "code", None) == 5
        for task in (tasks[0], tasks[1], never_sent):
            assert (task.folder.work / "times").read_text() == "ran\n"

    asyncio.run(after(asyncio.run(before())))


def test_one_query_reads_all_jobs(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, counted = shutil.which("squeue") or "", tmp_path / "count"
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin" / "squeue"
    quoted = shlex.quote(str(counted)), shlex.quote(real)
    shim.write_text('#!/bin/sh\necho >> {}\nexec {} "$@"\n'.format(*quoted), encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    async def run() -> None:
        executor = SlurmExecutor(RunOptions())
        tasks = [new_task(tmp_path, f"J{number}", "sleep 600") for number in range(5)]
        for task in tasks:
            await executor.submit(task)
        await executor.states()
        counted.unlink()
        assert set(await executor.states()) == {task.job_id for task in tasks}
        assert len(counted.read_text()) == 1
        for task in tasks:
            await executor.cancel(task.job_id)
        await asyncio.to_thread(until, lambda: not slurm.ask("squeue", "-h", "-t", "R,PD"))

    asyncio.run(run())


@pytest.fixture
def service(slurm: Slurm, tmp_path: Path) -> Iterator[Callable[[], Caller]]:
    """The service on Slurm; called again, it has been restarted."""
    started: list[LocalService] = []

    def start() -> Caller:
        for one in started:
            one.stop()
        started.append(LocalService(tmp_path / "s", executor="slurm"))
        return Caller(started[-1].url, started[-1].token())

    yield start
    for one in started:
        one.stop()


def test_the_service_refuses_at_once_charges_nothing_and_keeps_jobs_over_its_end(
    service: Callable[[], Caller],
) -> None:
    caller = service()
    full = caller.quota("pizdaint")
    headers = {
        "Content-Disposition": "attachment; filename=job.zip",
        "Payload": '{"command": "true", "node_number": "1", "core_number": "12", "runtime": "1"}',
    }
    answer = caller.http.post("/jobs/pizdaint/", content=b"PK", headers=headers)
    assert answer.status_code == 400
    assert answer.json().startswith("Slurm refuses the job: ")
    assert caller.quota("pizdaint") == full
    assert caller.http.get("/jobs/").json() == []

    job = caller.submit("pizdaint", command="echo begun; while [ ! -e go ]; do sleep 0.05; done")
    caller.at_stage(job, "RUNNING")
    caller.close()
    caller = service()
    caller.at_stage(job, "RUNNING")
    assert caller.cancel(job)["stage"] == "CANCELED"
    assert caller.read(job, "stdout") == b"begun\n"
    assert full - 60 < caller.quota("pizdaint") < full
    caller.close()


def test_the_database_beside_slurm_needs_no_memory_that_machines_share(
    service: Callable[[], Caller], tmp_path: Path
) -> None:
    caller = service()
    caller.ended(caller.submit("pizdaint", command="true"))
    names = {path.name for path in tmp_path.rglob("service.db*")}
    assert names - {"service.db-journal"} == {"service.db"}
    caller.close()


def test_the_environment_at_slurm_has_no_secrets(service: Callable[[], Caller]) -> None:
    caller = service()
    job = caller.submit("pizdaint", command="env; command -v python")
    assert caller.ended(job)["failed"] is False
    text = caller.read(job, "stdout").decode()
    assert "sentinel-7f3a" not in text
    assert "SLURM_JOB_ID=" in text
    assert text.splitlines()[-1].startswith(str(Path(sys.executable).parent))
    caller.close()


def test_without_slurm_the_error_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LocalServiceError, match="Slurm's commands are not on this machine"):
        SlurmExecutor(RunOptions())


def test_without_slurm_settings_the_error_says_so(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slurm.conf").write_text("# nothing\n")
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "slurm.conf"))
    with pytest.raises(LocalServiceError, match=r"Slurm is not set up on this machine: \w"):
        SlurmExecutor(RunOptions())


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("17|RUNNING|bspsa-A|None", QueuedJob("17", "RUNNING", "None", "bspsa-A")),
        ("17|PENDING|x|bad disk | soon", QueuedJob("17", "PENDING", "bad disk | soon", "x")),
        ("17|PENDING|x|", QueuedJob("17", "PENDING", "", "x")),
        ("", None),
        ("slurm_load_jobs error", None),
        ("17_3|PENDING|x|y", None),
    ],
)
def test_squeue_lines_are_parsed_or_ignored(line: str, row: QueuedJob | None) -> None:
    assert read_row(line) == row


def _run(phase: Phase) -> RunState:
    return RunState(2, 0.0, phase, code=0)


@pytest.mark.parametrize(
    ("state", "phase", "words"),
    [
        ("COMPLETED", Phase.FAILED, "before it could tell"),
        ("CANCELLED", Phase.CANCELLED, "cancelled"),
        ("TIMEOUT", Phase.FAILED, "wall time of 0.5 h is over"),
        ("NODE_FAIL", Phase.FAILED, "machine that ran the job"),
        ("OUT_OF_MEMORY", Phase.FAILED, "more memory"),
        ("BOOT_FAIL", Phase.FAILED, "could not be started"),
        ("PREEMPTED", Phase.FAILED, "make room"),
        ("DEADLINE", Phase.FAILED, "deadline"),
        ("FAILED", Phase.FAILED, "before its program could tell"),
    ],
)
@pytest.mark.parametrize("run", [None, _run(Phase.RUNNING), _run(Phase.CANCELLED)])
def test_slurms_final_states_have_messages(
    state: str, phase: Phase, words: str, run: RunState | None
) -> None:
    # A runner that was told to end does not know why; Slurm does.
    end = end_of(QueuedJob("1", state, "", "x"), run, 0.5)
    assert end is not None
    assert (end.phase, words in end.note) == (phase, True)


@pytest.mark.parametrize("state", ["RUNNING", "PENDING", "COMPLETING", "SUSPENDED", "NEW_STATE"])
def test_an_unknown_state_is_not_final(state: str) -> None:
    assert end_of(QueuedJob("1", state, "", "x"), _run(Phase.RUNNING), 1.0) is None


def test_the_exit_code_counts_more_than_slurms_state() -> None:
    for row in (None, QueuedJob("1", "RUNNING", "", "x"), QueuedJob("1", "NODE_FAIL", "", "x")):
        assert end_of(row, _run(Phase.SUCCEEDED), 1.0) == (Phase.SUCCEEDED, "", True)


def test_a_program_killed_by_a_cancel_before_its_runner_is_cancelled() -> None:
    """scancel's signal reaches both, in any order: the runner may see no more than a death."""
    dead = _run(Phase.FAILED)
    cancelled = end_of(QueuedJob("1", "CANCELLED", "", "x"), dead, 1.0)
    assert cancelled is not None
    assert cancelled.phase is Phase.CANCELLED
    for state in ("RUNNING", "COMPLETING"):  # Slurm has not said yet how it ended
        assert end_of(QueuedJob("1", state, "", "x"), dead, 1.0, is_cancelled=True) is None
    for row in (None, QueuedJob("1", "FAILED", "", "x"), QueuedJob("1", "COMPLETING", "", "x")):
        assert end_of(row, dead, 1.0) == (Phase.FAILED, "", True)
    own = end_of(QueuedJob("1", "FAILED", "", "x"), dead, 1.0, is_cancelled=True)
    assert own == (Phase.FAILED, "", True)  # it had failed before the cancel came


def test_a_job_unknown_to_slurm_is_checked_several_times() -> None:
    end = end_of(None, _run(Phase.RUNNING), 1.0)
    assert end is not None
    assert (end.phase, end.is_sure) == (Phase.FAILED, False)
    assert "does not know the job any more" in end.note
