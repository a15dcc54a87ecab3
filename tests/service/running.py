"""Jobs run without a service: an executor, its dispatcher, and what they report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import JobProgress, Phase, Task
from bspsa_widgets.service.executors.dispatcher import Dispatcher
from bspsa_widgets.service.executors.local.executor import LocalExecutor
from bspsa_widgets.service.executors.options import RunOptions
from bspsa_widgets.service.storage.job_folder import JobFolder


class Log:
    """What was reported; can be waited for."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Phase]] = []
        self.ends: dict[str, JobProgress] = {}
        self._changed = asyncio.Event()

    async def __call__(self, job_id: str, progress: JobProgress) -> None:
        self.steps.append((job_id, progress.phase))
        if progress.phase.is_end:
            self.ends[job_id] = progress
        self._changed.set()

    async def until(self, look: Callable[[], bool], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not look():
                self._changed.clear()
                await self._changed.wait()

    async def ended(self, *jobs: str, seconds: float = 30) -> None:
        await self.until(lambda: set(jobs) <= set(self.ends), seconds)

    def running(self) -> list[str]:
        started = [job for job, phase in self.steps if phase is Phase.RUNNING]
        return [job for job in started if job not in self.ends]


@asynccontextmanager
async def local(report: Any, **options: Any) -> AsyncIterator[Dispatcher]:
    """Jobs on this machine; whatever the test finds, none is left."""
    dispatcher = Dispatcher(LocalExecutor(RunOptions(**options)), report)
    try:
        yield dispatcher
    finally:
        await dispatcher.close(stop_jobs=True)


def new_task(
    root: Path, name: str, command: str = "true", hours: float = 1.0, **settings: Any
) -> Task:
    """A Piz Daint job in a service's directory."""
    folder = JobFolder(root / "service" / "jobs" / name, "pizdaint")
    folder.create(None, None)
    return Task(name, folder, JobSettings(hours, command=command, **settings), None)


def nsg_task(root: Path, name: str, archive: bytes, tool: str = "PY_TG", **settings: Any) -> Task:
    folder = JobFolder(root / "service" / "jobs" / name, "nsg")
    (root / "upload").write_bytes(archive)
    folder.create(root / "upload", "job.zip")
    return Task(name, folder, JobSettings(1.0, tool=tool, **settings), "job.zip")


async def run_one(task: Task, *, seconds: float = 30, **options: Any) -> JobProgress:
    """A job from its submission to its end."""
    log = Log()
    async with local(log, **options) as dispatcher:
        await dispatcher.submit(task)
        await log.ended(task.job_id, seconds=seconds)
    return log.ends[task.job_id]


def running_with(words: str) -> list[psutil.Process]:
    """Living processes with these words in their command line, in whatever namespace."""
    found = []
    for process in psutil.process_iter():
        try:
            if words in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
