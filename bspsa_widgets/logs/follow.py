"""Reads and follows what a job prints, while it runs and afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain import messages as job_messages
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.streams import Stream
from bspsa_widgets.jobs.polling.follow import follow
from bspsa_widgets.jobs.polling.interval import PollInterval
from bspsa_widgets.logs.reader import LogReader
from bspsa_widgets.logs.snapshot import LogSnapshot

__all__ = ["LogSnapshot", "Stream", "follow_log", "log_interval", "read_log"]

LINES = 1000  # lines shown by default
MOST_TRIES = 5  # polls after the job's end, if they fail
_SLOWEST = 100_000  # average limit, in bytes per second, for logs that are sent as a whole


def log_interval(service: ServiceAccountClient) -> PollInterval:
    """Return the poll interval for logs: at each poll the real service fetches the file.

    Args:
        service: client of the service.

    Returns:
        the interval.
    """
    usual = PollInterval.for_client(service)
    return usual if service.endpoint.is_loopback else usual._replace(first=5.0)


async def read_log(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    stream: Stream,
    *,
    lines: int = LINES,
    whole: bool = False,
) -> LogSnapshot:
    """Read the last lines of a stream once.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: as last seen.
        stream: which stream.
        lines: how many of the last lines.
        whole: if the service cannot send parts, read a log of up to 50 MB as a whole.

    Returns:
        the lines, or why they cannot be read.
    """
    reader = LogReader(service, ref, stream, lines=lines, whole=whole)
    return await reader.read(job, is_over=job.is_over)


async def follow_log(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    stream: Stream,
    *,
    lines: int = LINES,
    interval: PollInterval | None = None,
) -> AsyncGenerator[LogSnapshot, None]:
    """Yield the last lines of a stream whenever it changes, until the job is over.

    Only new bytes are transferred if the service can send parts. Followers of the job itself share
    the polls.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: the job as last read.
        stream: which stream.
        lines: how many of the last lines.
        interval: poll interval of the log; None: one that suits the service.

    Yields:
        the lines; the last ones are read after the job's end, if that succeeds.
    """
    interval = interval or log_interval(service)
    reader = LogReader(service, ref, stream, lines=lines)
    shown: LogSnapshot | None = None
    unchanged = tries = 0
    async with _followed(service, ref, job) as course:
        while True:
            is_over = course.is_over
            snapshot = await reader.read(course.job, is_over=is_over)
            if course.is_lost:
                snapshot = snapshot._replace(problem=job_messages.lost(course.job).headline)
            unchanged = unchanged + 1 if shown is not None and snapshot.size == shown.size else 0
            if snapshot != shown:
                shown = snapshot
                yield snapshot
            tries = tries + 1 if is_over else 0
            if snapshot.is_final or tries == MOST_TRIES:
                return
            pause = interval.seconds(unchanged, course.job.stage)
            longest = None if course.is_lost else max(pause, reader.moved / _SLOWEST)
            await course.wait(longest)


class _JobState:
    """State of the job, kept up to date by its poller.

    Args:
        job: the job as last read.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.is_lost = not job.is_shown
        self.is_over = job.terminal_stage
        self._changed = asyncio.Event()
        self._broken: Exception | None = None

    async def watch(self, service: ServiceAccountClient, ref: JobRef) -> None:
        """Follow the job and update this state.

        Args:
            service: client of the service.
            ref: system, project and id of the job.
        """
        try:
            async with aclosing(follow(service, ref, self.job)) as unchanged:
                async for snapshot in unchanged:
                    if (snapshot.job.stage, snapshot.is_lost) != (self.job.stage, self.is_lost):
                        self._changed.set()
                    self.job, self.is_lost = snapshot.job, snapshot.is_lost
            self.is_over = True
        except Exception as error:
            self._broken = error
        self._changed.set()

    async def wait(self, seconds: float | None) -> None:
        """Wait for some time, or until the stage has changed.

        Args:
            seconds: how long, in seconds; None: without limit.

        Raises:
            Exception: what made following the job fail.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
        if self._broken is not None:
            raise self._broken


@asynccontextmanager
async def _followed(
    service: ServiceAccountClient, ref: JobRef, job: Job
) -> AsyncIterator[_JobState]:
    course = _JobState(job)
    if course.is_over:
        yield course
        return
    watching = asyncio.create_task(course.watch(service, ref), name="the job of a log")
    try:
        yield course
    finally:
        watching.cancel()
        await asyncio.wait([watching])
