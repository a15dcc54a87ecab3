"""Between the service and what runs its jobs: what is told, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task, dispatcher
from bspsa_widgets.service.executors.dispatcher import Dispatcher
from tests.service.running import Log, new_task


class Played:
    """An executor whose jobs are where the test says.

    Attributes:
        now: the states to tell. forgotten: jobs whose end was taken. looks: at the states.
    """

    poll_interval = 0.01

    def __init__(self) -> None:
        self.now: dict[str, JobProgress] = {}
        self.forgotten: list[str] = []
        self.looks = 0
        self.fails = False
        self._looked = asyncio.Condition()

    async def looked(self, times: int) -> None:
        """Once the states were asked for so often."""
        async with asyncio.timeout(30), self._looked:
            await self._looked.wait_for(lambda: self.looks >= times)

    async def check(self, settings: JobSettings) -> None: ...

    async def submit(self, task: Task) -> None: ...

    async def resume(self, tasks: Sequence[Task]) -> None: ...

    async def states(self) -> Mapping[str, JobProgress]:
        self.looks += 1
        async with self._looked:
            self._looked.notify_all()
        if self.fails:
            raise RuntimeError("no states")
        return dict(self.now)

    async def cancel(self, job_id: str) -> None:
        self.now[job_id] = JobProgress(Phase.CANCELLED)

    def forget(self, job_id: str) -> None:
        self.forgotten.append(job_id)
        self.now.pop(job_id, None)

    async def close(self, *, stop_jobs: bool) -> None: ...


def test_each_change_is_reported_once_and_a_finished_job_forgotten(tmp_path: Path) -> None:
    async def run() -> None:
        log, played = Log(), Played()
        jobs = Dispatcher(played, log)
        await jobs.submit(new_task(tmp_path, "A"))
        played.now = {"A": JobProgress(Phase.RUNNING), "STRANGE": JobProgress(Phase.RUNNING)}
        await log.until(lambda: log.running() == ["A"])
        await played.looked(played.looks + 5)
        played.now["A"] = JobProgress(Phase.SUCCEEDED, 3.0)
        await log.ended("A")
        await asyncio.sleep(0)
        await jobs.close(stop_jobs=False)
        assert log.steps == [("A", Phase.RUNNING), ("A", Phase.SUCCEEDED)]
        assert played.forgotten == ["A"]

    asyncio.run(run())


def test_without_jobs_the_executor_is_not_polled(tmp_path: Path) -> None:
    async def run() -> None:
        log, played = Log(), Played()
        jobs = Dispatcher(played, log)
        await jobs.submit(new_task(tmp_path, "A"))
        played.now = {"A": JobProgress(Phase.FAILED)}
        await log.ended("A")
        await asyncio.sleep(0.05)
        before = played.looks
        await asyncio.sleep(0.1)
        assert played.looks == before
        await jobs.close(stop_jobs=False)

    asyncio.run(run())


def test_a_final_state_that_was_not_saved_is_reported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "_RETRY_SECONDS", 0.05)

    async def run() -> None:
        tries: list[Phase] = []
        done = asyncio.Event()

        async def report(job_id: str, progress: JobProgress) -> None:
            tries.append(progress.phase)
            if len(tries) < 3:
                raise OSError("the disk is full")
            done.set()

        played = Played()
        jobs = Dispatcher(played, report)
        await jobs.submit(new_task(tmp_path, "A"))
        played.now = {"A": JobProgress(Phase.SUCCEEDED)}
        async with asyncio.timeout(10):
            await done.wait()
        await asyncio.sleep(0)
        await jobs.close(stop_jobs=False)
        assert tries == [Phase.SUCCEEDED] * 3
        assert played.forgotten == ["A"]

    asyncio.run(run())


def test_unreadable_states_change_nothing_and_are_polled_again(tmp_path: Path) -> None:
    async def run() -> None:
        log, played = Log(), Played()
        jobs = Dispatcher(played, log)
        played.fails = True
        await jobs.submit(new_task(tmp_path, "A"))
        await played.looked(3)
        assert log.steps == []
        played.fails, played.now = False, {"A": JobProgress(Phase.SUCCEEDED)}
        await log.ended("A")
        await jobs.close(stop_jobs=False)

    asyncio.run(run())


def test_a_cancel_returns_when_the_final_state_is_saved(tmp_path: Path) -> None:
    async def run() -> None:
        log, played = Log(), Played()
        jobs = Dispatcher(played, log)
        await jobs.submit(new_task(tmp_path, "A"))
        await jobs.cancel("A")
        assert log.ends == {"A": JobProgress(Phase.CANCELLED)}
        await jobs.cancel("NEVER")
        await jobs.close(stop_jobs=False)

    asyncio.run(run())
