"""What a job prints, while it runs and afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.jobs.polling.interval import Pace
from bspsa_widgets.logs.reader import LogReader
from bspsa_widgets.logs.snapshot import LogLook

__all__ = ["LogLook", "Stream", "follow_log", "log_pace", "read_log"]

LINES = 1000  # shown at first
MOST_TRIES = 5  # looks after the job's end, if they fail
_SLOWEST = 100_000  # bytes a second, on average, of logs that travel as a whole


def log_pace(service: ServiceAccountClient) -> Pace:
    """At which a log is looked at: each look at the real service makes it fetch the file."""
    usual = Pace.for_client(service)
    return usual if service.endpoint.is_loopback else usual._replace(first=5.0)


async def read_log(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    stream: Stream,
    *,
    lines: int = LINES,
    whole: bool = False,
) -> LogLook:
    """One look at what a job printed.

    Args:
        ref: where it is found. job: as last seen.
        lines: how many of the last ones.
        whole: a log of up to 50 MB may travel as a whole, where the service has no ranges,
            and is searched for lines so far back.
    """
    reader = LogReader(service, ref, stream, lines=lines, whole=whole)
    return await reader.look(job, is_over=job.is_over)


async def follow_log(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    stream: Stream,
    *,
    lines: int = LINES,
    pace: Pace | None = None,
) -> AsyncGenerator[LogLook, None]:
    """What a job prints, whenever there is news, until it has been read after the job's end.

    Only what is new travels, where the service has ranges. Who follows the job itself shares
    the looks at it.

    Args:
        pace: at which the log is looked at; None for one that suits the endpoint.
    """
    pace = pace or log_pace(service)
    reader = LogReader(service, ref, stream, lines=lines)
    told: LogLook | None = None
    looks = tries = 0
    async with _followed(service, ref, job) as course:
        while True:
            is_over = course.is_over
            look = await reader.look(course.job, is_over=is_over)
            if course.is_lost:
                look = look._replace(problem=job_messages.lost(course.job).headline)
            looks = looks + 1 if told is not None and look.size == told.size else 0
            if look != told:
                told = look
                yield look
            tries = tries + 1 if is_over else 0
            if look.is_final or tries == MOST_TRIES:
                return
            pause = pace.seconds(looks, course.job.stage)
            await course.news(None if course.is_lost else max(pause, reader.moved / _SLOWEST))


class _Course:
    """How a job goes on, as its followers are told."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.is_lost = not job.is_shown
        self.is_over = job.terminal_stage
        self._news = asyncio.Event()
        self._broken: Exception | None = None

    async def watch(self, service: ServiceAccountClient, ref: JobRef) -> None:
        try:
            async with aclosing(follow(service, ref, self.job)) as looks:
                async for look in looks:
                    if (look.job.stage, look.is_lost) != (self.job.stage, self.is_lost):
                        self._news.set()
                    self.job, self.is_lost = look.job, look.is_lost
            self.is_over = True
        except Exception as error:
            self._broken = error
        self._news.set()

    async def news(self, seconds: float | None) -> None:
        """Wait so long, or until the stage has changed; that counts as told then.

        Args:
            seconds: None: as long as it takes.

        Raises:
            Exception: what broke the watching.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
        if self._broken is not None:
            raise self._broken


@asynccontextmanager
async def _followed(service: ServiceAccountClient, ref: JobRef, job: Job) -> AsyncIterator[_Course]:
    course = _Course(job)
    if course.is_over:
        yield course
        return
    watching = asyncio.create_task(course.watch(service, ref), name="the job of a log")
    try:
        yield course
    finally:
        watching.cancel()
        await asyncio.wait([watching])
