"""Running jobs on this machine: a few at once, the rest in the order they came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bspsa_widgets.service.executors import Phase, Progress, Reporter, Task
from bspsa_widgets.service.executors.nsg import run_nsg
from bspsa_widgets.service.executors.pizdaint import run_pizdaint
from bspsa_widgets.service.executors.process_tree import end_tree
from bspsa_widgets.service.executors.run import Run, Stop

SLOTS: Final = 2

_WORK: dict[str, Callable[[Run], Awaitable[int]]] = {"pizdaint": run_pizdaint, "nsg": run_nsg}

_log = logging.getLogger("bspsa_widgets.service")


class LocalExecutor:
    """Runs jobs as processes of this machine.

    Args:
        report: told of every step of every job. slots: jobs at once, ≥ 1.
    """

    def __init__(self, report: Reporter, *, slots: int = SLOTS) -> None:
        self._report = report
        self._slots = slots
        self._waiting: dict[str, Task] = {}  # in the order they came
        self._running: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._closed = False

    async def take_up(self, waiting: Sequence[Task], interrupted: Sequence[Task]) -> None:
        """After a restart: end what is left of interrupted jobs, and queue the waiting ones."""
        for task in interrupted:
            await asyncio.to_thread(end_tree, task.job_id)
            try:
                task.folder.note("The local service was stopped while the job ran.")
            except OSError:
                _log.exception("job %s has lost its folder", task.job_id)
            await self._report(task.job_id, Progress(Phase.FAILED))
        for task in waiting:
            await self.submit(task)

    async def submit(self, task: Task) -> None:
        """Queue a job; it starts at once where there is room."""
        self._waiting[task.job_id] = task
        self._fill()

    async def cancel(self, job_id: str) -> None:
        """End a job; returns when its end is reported. A job that is over stays as it is."""
        if self._waiting.pop(job_id, None) is not None:
            await self._report(job_id, Progress(Phase.CANCELLED))
        elif job_id in self._running:
            await self._end(*self._running[job_id], Stop.CANCEL)

    async def close(self) -> None:
        """End all running jobs; waiting ones are left for the next start."""
        self._closed = True
        running = list(self._running.values())
        await asyncio.gather(*(self._end(run, task, Stop.SHUTDOWN) for run, task in running))

    async def _end(self, run: Run, task: asyncio.Task[None], why: Stop) -> None:
        await run.stop(why)
        while not task.done():
            # A process may have been started just before the stop was seen.
            await asyncio.wait({task}, timeout=0.5)
            if not task.done():
                await run.stop(why)

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._slots and not self._closed:
            job_id = next(iter(self._waiting))
            task = self._waiting.pop(job_id)
            run = Run(task, _WORK[task.folder.hpc], self._report)
            performing = asyncio.create_task(self._perform(run))
            self._running[job_id] = (run, performing)

    async def _perform(self, run: Run) -> None:
        try:
            await run.perform()
        finally:
            del self._running[run.task.job_id]
            self._fill()
