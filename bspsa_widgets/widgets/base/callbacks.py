"""Calls the user's functions with each job that ends."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable

from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.runtime.event_loop import background

log = logging.getLogger(__name__)

OnDone = Callable[[Job], object]


class EndCallbacks:
    """Calls the user's functions beside the background loop, so that slow ones delay nothing.

    Args:
        callback: the first function; None for none.
        on_fault: called on the background loop with name and error of a function that raises.
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
        """Add a function.

        Args:
            callback: function of a job; an `async` one is awaited.
        """
        self._callbacks.append(callback)

    def tell(self, job: Job) -> None:
        """Call the functions with a job that has ended, once for each job.

        Must be called on the background loop.

        Args:
            job: the job.
        """
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
