"""Searches for the job of a submission whose response was lost; never sends it again.

Being listed proves that there is a job. Not being listed proves nothing, since a job can run
without ever being recorded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from typing import NamedTuple

from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.errors import BspsaError, ServiceFailure
from bspsa_widgets.records.record import Record
from bspsa_widgets.records.writer import RecordWriter
from bspsa_widgets.submission import messages
from bspsa_widgets.submission.account_snapshot import AccountReads
from bspsa_widgets.submission.quota_drop import QuotaDrop, read_drop
from bspsa_widgets.submission.steps import Accepted, Looking
from bspsa_widgets.submission.unconfirmed import unconfirmed

log = logging.getLogger(__name__)

# Seconds after the send: short intervals at first, then every minute up to 15 minutes.
LOOKS_AT: tuple[float, ...] = (2, 5, 15, 30, *range(60, 901, 60))
SECONDS = 900.0  # default time limit of the search
# Time limit of one poll, in seconds: a slow service must not use up the whole search.
LEAST_POLL, MOST_POLL = 30.0, 120.0


class _PollResult(NamedTuple):
    """Result of one poll: the job and others with its marker, or an error."""

    job: Job | None = None
    others: tuple[Job, ...] = ()
    problem: BspsaError | None = None


async def settle(
    client: AccountReads,
    writer: RecordWriter,
    *,
    seconds: float = SECONDS,
    at_once: bool = False,
    search_now: asyncio.Event | None = None,
) -> AsyncGenerator[Looking | Accepted, None]:
    """Poll the job list until the job is found, or polls or time are used up.

    Args:
        client: client of the service.
        writer: writer of an open record.
        seconds: how long at most, in seconds; a poll that began in time may take up to `LEAST_POLL`
            seconds longer.
        at_once: begin with a poll, as after a restart, and continue the schedule where it stopped.
        search_now: set it to poll at once. Such a poll is an extra one: the scheduled polls stay as
            they are.

    Yields:
        `Looking` before each poll; `Accepted` once the job is found.

    Raises:
        Unconfirmed: the job was not found, which proves nothing.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    due = _PollSchedule(loop.time(), end, writer.record.looks if at_once else 0)
    problem: BspsaError | None = None
    drop: QuotaDrop | None = None
    while True:
        if at_once:
            at_once = False
            due.advance()
        else:
            pause = due.pause(loop.time())
            if pause is None:
                raise unconfirmed(writer.record, problem, drop)
            yield Looking(
                writer.record.looks, pause, problem, drop, failed=writer.record.failed_looks
            )
            if not await _is_requested(search_now, pause):
                due.advance()
        seen, drop = await _bounded_poll(client, writer, end - loop.time())
        if seen.job is not None:
            yield await _found(writer, seen.job, seen.others)
            return
        problem = seen.problem
        failed = writer.record.failed_looks + (problem is not None)
        await writer.note(writer.record.state, looks=writer.record.looks + 1, failed_looks=failed)


class _PollSchedule:
    """Schedule of the polls by the loop's clock; a slow poll does not delay the others.

    Args:
        now: current time of the loop's clock, in seconds.
        end: time of the last possible poll.
        index: number of the poll to begin with.
    """

    def __init__(self, now: float, end: float, index: int) -> None:
        self._index = index
        self._began = now - (LOOKS_AT[min(index, len(LOOKS_AT) - 1)] if index else 0.0)
        self._end = end
        self._is_over = end <= now

    def advance(self) -> None:
        """Go on to the next poll of the schedule."""
        self._is_over = self._is_over or self._index >= len(LOOKS_AT) or self._at >= self._end
        self._index += 1

    def pause(self, now: float) -> float | None:
        """Return the seconds until the next poll; None if there is none left."""
        if self._is_over or now >= self._end or self._index >= len(LOOKS_AT):
            return None
        # Several polls that fell due during a slow one are made only once.
        while self._index + 1 < len(LOOKS_AT) and self._began + LOOKS_AT[self._index + 1] <= now:
            self._index += 1
        return max(0.0, min(self._at, self._end) - now)

    @property
    def _at(self) -> float:
        return self._began + LOOKS_AT[self._index]


async def _is_requested(search_now: asyncio.Event | None, pause: float) -> bool:
    """Wait for the next poll; return whether it was requested early."""
    if search_now is None:
        await asyncio.sleep(pause)
        return False
    try:
        async with asyncio.timeout(pause):
            await search_now.wait()
    except TimeoutError:
        return False
    finally:
        search_now.clear()
    return True


async def _bounded_poll(
    client: AccountReads, writer: RecordWriter, left: float
) -> tuple[_PollResult, QuotaDrop | None]:
    """Poll once within a time limit; return the result and the fall of the quota."""
    record, drop = writer.record, None
    seen = _PollResult(problem=ServiceFailure("The service did not answer in time."))
    try:
        async with asyncio.timeout(max(LEAST_POLL, min(MOST_POLL, left))):
            seen = await _poll(client, record)
            if seen.job is None and not record.is_unlisted:
                drop = await read_drop(client, record, await writer.others())
    except TimeoutError:
        log.info("a look for submission %s took too long", record.marker)
    return seen, drop


async def _poll(client: AccountReads, record: Record) -> _PollResult:
    try:
        found = match(record, await client.jobs(record.hpc, record.project))
    except BspsaError as error:
        log.info("a look for submission %s failed: %s", record.marker, type(error).__name__)
        return await _poll_named_job(client, record, error)
    if found.job is None:
        return await _poll_named_job(client, record, None)
    return _PollResult(found.job, found.others)


async def _poll_named_job(
    client: AccountReads, record: Record, problem: BspsaError | None
) -> _PollResult:
    """Read the job by the id that came with the response, if there was one."""
    if record.job_id_named is None:
        return _PollResult(problem=problem)
    project = record.project or default_project(record.hpc)
    try:
        job = await client.job(JobRef(record.hpc, project, record.job_id_named))
    except BspsaError:
        return _PollResult(problem=problem)
    return _PollResult(match(record, [job]).job, problem=problem)


async def _found(writer: RecordWriter, job: Job, others: tuple[Job, ...]) -> Accepted:
    ids = tuple(other.job_id for other in others)
    await writer.note("accepted", messages.FOUND, job=job.raw, other_jobs=ids, problem="")
    return Accepted(job, others)


class Match(NamedTuple):
    """Jobs that carry a record's marker.

    Attributes:
        job: the job; None if there is none.
        others: further jobs with the same marker.
    """

    job: Job | None
    others: tuple[Job, ...] = ()


def match(record: Record, jobs: Iterable[Job]) -> Match:
    """Return the jobs that carry the record's marker.

    The service or another program can cause several: the first is taken, the others are shown, and
    none is deleted.

    Args:
        record: record of the submission.
        jobs: jobs that the service lists.

    Returns:
        the job, and further ones with the same marker.
    """
    found = sorted(
        {job.job_id: job for job in jobs if job.marker == record.marker}.values(),
        key=lambda job: (job.id is None, job.id or 0, job.job_id),
    )
    return Match(found[0], tuple(found[1:])) if found else Match(None)
