"""Functions of the user's, called with each job that comes to its end."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.runtime.event_loop import background

log = logging.getLogger(__name__)

OnDone = Callable[[Job], object]


class EndNotices:
    """Calls them beside the background loop: a function that takes its time holds up nothing.

    Args:
        callback: the first one; None for none.
        on_fault: told of one that raises: what it is, the error. On the background loop.
    """

    def __init__(
        self, callback: OnDone | None, on_fault: Callable[[str, Exception], object]
    ) -> None:
        self._callbacks: list[OnDone] = [] if callback is None else [callback]
        self._on_fault = on_fault
        self._told: set[str] = set()

    def __len__(self) -> int:
        return len(self._callbacks)

    def add(self, callback: OnDone) -> None:
        """Call this one, too, from now on: plain, or `async` and then awaited."""
        self._callbacks.append(callback)

    def tell(self, job: Job) -> None:
        """This job has come to its end. Each is told once. On the background loop."""
        if job.job_id in self._told:
            return
        self._told.add(job.job_id)
        for callback in self._callbacks:
            background().run(self._call(callback, job), "a function given to on_done")

    async def _call(self, callback: OnDone, job: Job) -> None:
        try:
            await _called(callback, job)
        except Exception as error:
            log.exception("a function given to on_done failed for job %s", job.job_id)
            self._on_fault("a function given to on_done", error)


async def _called(callback: OnDone, job: Job) -> None:
    if inspect.iscoroutinefunction(callback):
        await callback(job)
        return
    result = await asyncio.to_thread(callback, job)
    if inspect.isawaitable(result):
        await result
