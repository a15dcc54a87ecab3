"""Passes jobs of the service to its executor, and reports their progress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from bspsa_widgets.service.config.job_settings import JobSettings
from bspsa_widgets.service.executors import Executor, JobProgress, Task

Reporter = Callable[[str, JobProgress], Awaitable[None]]

_CANCEL_CHECKS: Final = 120  # checks; a job that has not ended by then keeps its state
_CANCEL_PAUSE: Final = 0.1  # seconds between two checks
_RETRY_SECONDS: Final = 5.0  # seconds until an end that could not be saved is reported again

_log = logging.getLogger("bspsa_widgets.service")


class Dispatcher:
    """The jobs that have not ended. All methods are called in one event loop.

    Args:
        executor: runs the jobs.
        report: called for each change. Its errors are logged; an end that it could not save is
            reported again.
    """

    def __init__(self, executor: Executor, report: Reporter) -> None:
        self._executor = executor
        self._report = report
        self._reported: dict[str, JobProgress | None] = {}  # unfinished jobs
        self._unsaved: dict[str, float] = {}  # ends that were not saved: when to report them again
        self._has_work = asyncio.Event()
        self._poll_now = asyncio.Event()  # the next check is to be made at once
        self._poll_lock = asyncio.Lock()
        self._poll_task: asyncio.Task[None] | None = None

    async def check(self, settings: JobSettings) -> None:
        """Refuse a job that could never run, before it is accepted.

        Args:
            settings: the job's settings.

        Raises:
            TooLarge: it could never run.
        """
        await self._executor.check(settings)

    async def resume(self, tasks: Sequence[Task]) -> None:
        """Take over all jobs that had not ended when the previous service ended.

        Args:
            tasks: the jobs, oldest first.
        """
        for task in tasks:
            self._watch(task.job_id)
        await self._executor.resume(tasks)

    async def submit(self, task: Task) -> None:
        """Pass a new job to the executor.

        Args:
            task: the job.
        """
        self._watch(task.job_id)
        await self._executor.submit(task)
        self._poll_now.set()

    async def cancel(self, job_id: str) -> None:
        """End a job; returns when its end was reported. An ended job is not changed.

        Args:
            job_id: the job's id.
        """
        if job_id not in self._reported:
            return
        await self._executor.cancel(job_id)
        for _ in range(_CANCEL_CHECKS):
            await self._poll()
            if job_id not in self._reported:
                return
            await asyncio.sleep(_CANCEL_PAUSE)

    async def close(self, *, stop_jobs: bool) -> None:
        """Stop polling.

        Args:
            stop_jobs: whether to end running jobs as well; they are reported as failed.
        """
        if self._poll_task is not None:
            self._poll_task.cancel()
            with suppress(asyncio.CancelledError):
                await self._poll_task
        await self._executor.close(stop_jobs=stop_jobs)
        if stop_jobs:
            await self._poll()

    def _watch(self, job_id: str) -> None:
        self._reported[job_id] = None
        self._has_work.set()
        if self._poll_task is None:
            self._poll_task = asyncio.create_task(self._poll_loop())

    async def _poll_loop(self) -> None:
        while True:
            await self._has_work.wait()
            try:
                await self._poll()
            except Exception:
                _log.exception("the jobs' states could not be read")
            self._poll_now.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._executor.poll_interval):
                    await self._poll_now.wait()

    async def _poll(self) -> None:
        """Query the states of all jobs once, and report changes."""
        async with self._poll_lock:
            found = await self._executor.states()
            for job_id, progress in found.items():
                if job_id in self._reported and progress != self._reported[job_id]:
                    await self._report_change(job_id, progress)
            if not self._reported:
                self._has_work.clear()

    async def _report_change(self, job_id: str, progress: JobProgress) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._unsaved.get(job_id, 0.0):
            return
        try:
            await self._report(job_id, progress)
        except Exception:
            _log.exception("job %s: %s was not noted", job_id, progress.phase.value)
            if progress.phase.is_end:
                self._unsaved[job_id] = now + _RETRY_SECONDS
                return
        self._reported[job_id] = progress
        if progress.phase.is_end:
            del self._reported[job_id]
            self._unsaved.pop(job_id, None)
            self._executor.forget(job_id)
