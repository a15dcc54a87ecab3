"""Follows every job of a table that is not over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.errors import BspsaError, ServiceFailure
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.jobs.table import JobTable
from bspsa_widgets.jobs.tracked_job import TrackedJob

log = logging.getLogger(__name__)


class JobFollowing:
    """Follows the open jobs of a table.

    Args:
        table: table that is kept up to date.
        on_end: called with each job that ends while it is followed.
        on_poll: called after each poll with its error, or None.
    """

    def __init__(
        self,
        table: JobTable,
        on_end: Callable[[TrackedJob], object],
        on_poll: Callable[[BspsaError | None], object],
    ) -> None:
        self._table = table
        self._on_end = on_end
        self._on_poll = on_poll
        self._client: ServiceAccountClient | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def use(self, client: ServiceAccountClient) -> None:
        """Use this client from now on.

        Args:
            client: client of the service.
        """
        if client is not self._client:
            await self.stop()
            self._client = client

    def follow_all(self) -> None:
        """Start to follow each open job of the table that is not followed yet."""
        for tracked in self._table.jobs():
            if not tracked.is_settled and tracked.has_address and tracked.key not in self._tasks:
                task = asyncio.create_task(self._follow(tracked))
                self._tasks[tracked.key] = task

    def update(self, tracked: TrackedJob) -> None:
        """Take a job's state that was read elsewhere, for example in a list.

        Args:
            tracked: the job; it may be over.
        """
        old = self._table.get(tracked.key)
        self._table.put(tracked)
        task = self._tasks.get(tracked.key)
        is_back = old is not None and old.is_lost and not tracked.is_lost
        if task is None or not (tracked.is_settled or is_back):
            return
        # A job that is shown again is followed anew: its next poll may be hours away.
        del self._tasks[tracked.key]
        task.cancel()
        if tracked.is_settled:
            self._on_end(tracked)

    async def stop(self) -> None:
        """Stop following all jobs."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, tracked: TrackedJob) -> None:
        key = tracked.key
        try:
            await self._poll_until_over(tracked)
            end = (self._table.get(key) or tracked).settled()
        except Exception as error:
            log.exception("following a job broke")
            problem = ServiceFailure(
                f"The job is not followed any more ({type(error).__name__}); it goes on.",
                advice="The log has more. Refresh to follow it again.",
            )
            self._tasks.pop(key, None)
            self._table.put((self._table.get(key) or tracked)._replace(problem=problem))
            return
        self._tasks.pop(key, None)
        self._table.put(end)
        self._on_end(end)

    async def _poll_until_over(self, tracked: TrackedJob) -> None:
        if self._client is None:
            return
        polls = follow(self._client, tracked.ref, tracked.job)
        async with aclosing(polls) as polls:
            async for poll in polls:
                if poll.job is tracked.job and poll.problem is None:
                    continue  # the state given at the start, not a poll
                self._on_poll(poll.problem)
                self._table.put((self._table.get(tracked.key) or tracked).after_poll(poll))
