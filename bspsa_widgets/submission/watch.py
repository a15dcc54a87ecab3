"""The looking at one job, done once for all who follow it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure
from bspsa_widgets.submission.follower import Follower
from bspsa_widgets.submission.look import Look
from bspsa_widgets.submission.turns import Turns

log = logging.getLogger(__name__)

LOOKS_BEFORE_LOST = 3  # that do not show the job; one may be a blip


class Watch:
    """Looks at a job as long as it goes on and somebody follows it.

    Args:
        turns: the order in which the endpoint is asked.
        ref: where the job is found. job: as last seen.
        on_end: called once, when it looks no more.
    """

    def __init__(self, turns: Turns, ref: JobRef, job: Job, on_end: Callable[[], None]) -> None:
        self._turns = turns
        self._ref = ref
        self._on_end = on_end
        self._followers: list[Follower] = []
        self._task: asyncio.Task[None] | None = None
        self._asked: ServiceAccountClient | None = None
        self._wanted = asyncio.Event()  # somebody does not want to wait for the next look
        self._seen = _as_known(job)
        self._has_looked = False
        self._looks = 0
        self._missing = 0 if job.is_shown else LOOKS_BEFORE_LOST
        self._ends = int(job.is_over)

    def join(self, follower: Follower, job: Job) -> None:
        """Told at once: what was last seen, or the job as the follower knows it."""
        self._followers.append(follower)
        follower.tell(self._seen if self._has_looked else _as_known(job))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        elif self._is_lost:
            self._wanted.set()  # the next look may be hours away

    async def leave(self, follower: Follower) -> None:
        """Nothing is asked with the follower's client any more once this returns."""
        if follower not in self._followers:
            return  # it has been told the end
        self._followers.remove(follower)
        task = self._task
        if not self._followers:
            self._on_end()
        elif self._asked is follower.client and not self._has(follower.client):
            self._asked = None
            self._task = asyncio.create_task(self._run(at_once=True))
        else:
            return
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _has(self, client: ServiceAccountClient) -> bool:
        return any(follower.client is client for follower in self._followers)

    async def _run(self, *, at_once: bool = False) -> None:
        """To the end of the job.

        Args:
            at_once: takes over from a look whose follower left in the middle of it.
        """
        end: BaseException | None = None
        try:
            while not self._is_over:
                if not at_once:
                    await self._wait()
                    self._looks += 1
                at_once = False
                await self._look()
        except BaseException as error:
            end = error
            if not isinstance(error, Exception):
                raise
        finally:
            if asyncio.current_task() is self._task:
                self._end(end)

    def _end(self, reason: BaseException | None) -> None:
        followers, self._followers = self._followers, []
        for follower in followers:
            follower.tell(reason)
        if followers:  # else the last one who left has said so
            self._on_end()

    async def _wait(self) -> None:
        """Until the next look is due, or wanted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause()):
                await self._wanted.wait()
        self._wanted.clear()

    def _pause(self) -> float:
        """By the pace of whoever wants to know most."""
        pace = min(follower.pace for follower in self._followers)
        if self._is_lost:
            return pace.seconds_while_lost(self._missing - LOOKS_BEFORE_LOST)
        return pace.seconds(self._looks, self._seen.job.stage)

    @property
    def _is_lost(self) -> bool:
        return self._missing >= LOOKS_BEFORE_LOST

    @property
    def _is_over(self) -> bool:
        """A stage that ends a job without `terminal_stage` is not sure at once."""
        return self._ends > 1 or (self._ends > 0 and self._seen.job.terminal_stage)

    async def _look(self) -> None:
        try:
            fresh = await self._ask()
        except BspsaError as error:
            log.info("a look at job %s failed: %s", self._ref.job_id, type(error).__name__)
            self._failed(error)
        else:
            self._saw(fresh.after(self._seen.job))
        self._has_looked = True
        for follower in self._followers:
            follower.tell(self._seen)

    async def _ask(self) -> Job:
        async with self._turns.turn():
            self._asked = self._followers[0].client
            try:
                return await self._asked.job(self._ref)
            finally:
                if asyncio.current_task() is self._task:
                    self._asked = None

    def _saw(self, job: Job) -> None:
        if not job.is_shown:
            self._failed(NotFound(f"The service says {job.stage} of the job.", status=200))
            return
        if job.stage != self._seen.job.stage or self._missing:
            self._looks = 0  # things are moving: look closely again
        self._seen = Look(job, datetime.now(UTC))
        self._missing = 0
        self._ends = self._ends + 1 if job.is_over else 0

    def _failed(self, error: BspsaError) -> None:
        """It says nothing about the job; and another follower's client may do better."""
        self._missing += isinstance(error, NotFound)
        self._ends = 0
        self._seen = self._seen._replace(problem=error, is_lost=self._is_lost)
        self._followers.append(self._followers.pop(0))
        if isinstance(error, ServiceFailure) and error.retry_after is not None:
            self._turns.rest(error.retry_after)


def _as_known(job: Job) -> Look:
    """What a follower knows before anybody has looked."""
    return Look(job, datetime.now(UTC), is_lost=not job.is_shown)
