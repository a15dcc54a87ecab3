"""Finds out what became of a submission whose answer was lost: by looking, never by sending."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import NamedTuple

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.submission import words
from bspsa_widgets.submission.keeper import Keeper
from bspsa_widgets.submission.preflight import hours_left
from bspsa_widgets.submission.reconcile import PAUSES, match
from bspsa_widgets.submission.record import Record
from bspsa_widgets.submission.steps import Accepted, Looking

log = logging.getLogger(__name__)

SECONDS = 900.0  # how long is looked, where nobody says otherwise


class _Seen(NamedTuple):
    """One look: the job and its like, or why there was nothing to be seen."""

    job: Job | None = None
    others: tuple[Job, ...] = ()
    problem: BspsaError | None = None


async def settle(
    client: ServiceAccountClient,
    keeper: Keeper,
    *,
    seconds: float = SECONDS,
    at_once: bool = False,
    look_now: asyncio.Event | None = None,
) -> AsyncGenerator[Looking | Accepted, None]:
    """Look for the job until it is found, the looks are used up, or the time is.

    Args:
        keeper: of a record that is open.
        seconds: how long at most.
        at_once: begin with a look, as after a restart; then go on where it was left.
        look_now: set by whoever does not want to wait for the next look.

    Raises:
        Unconfirmed: it was not found, which proves nothing.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    look, problem, drop = keeper.record.looks, None, None
    while True:
        if not at_once:
            pause = _pause(look, end - loop.time())
            if pause is None:
                raise words.unconfirmed(keeper.record, problem, drop)
            yield Looking(look, pause, problem, drop)
            await _wait(pause, look_now)
        at_once = False
        seen = await _look(client, keeper.record)
        if seen.job is not None:
            yield await _found(keeper, seen.job, seen.others)
            return
        problem, drop = seen.problem, await _quota_drop(client, keeper.record)
        look += 1
        await keeper.note(keeper.record.state, looks=look)


def _pause(look: int, left: float) -> float | None:
    """Seconds before the next look; None where there is none any more."""
    return None if look >= len(PAUSES) or left <= 0 else min(PAUSES[look], left)


async def _wait(pause: float, look_now: asyncio.Event | None) -> None:
    if look_now is None:
        await asyncio.sleep(pause)
        return
    try:
        async with asyncio.timeout(pause):
            await look_now.wait()
    except TimeoutError:
        pass
    look_now.clear()


async def _look(client: ServiceAccountClient, record: Record) -> _Seen:
    try:
        found = match(record, await client.jobs(record.hpc, record.project))
    except BspsaError as error:
        log.info("a look for submission %s failed: %s", record.marker, type(error).__name__)
        return await _look_for_the_named(client, record, error)
    if found.job is None:
        return await _look_for_the_named(client, record, None)
    return _Seen(found.job, found.others)


async def _look_for_the_named(
    client: ServiceAccountClient, record: Record, problem: BspsaError | None
) -> _Seen:
    """By the id that came with the answer, where one did: no list is needed for that."""
    if record.job_id_named is None:
        return _Seen(problem=problem)
    project = record.project or default_project(record.hpc)
    try:
        job = await client.job(JobRef(record.hpc, project, record.job_id_named))
    except BspsaError:
        return _Seen(problem=problem)
    return _Seen(match(record, [job]).job, problem=problem)


async def _found(keeper: Keeper, job: Job, others: tuple[Job, ...]) -> Accepted:
    ids = tuple(other.job_id for other in others)
    await keeper.note("accepted", words.FOUND, job=job.raw, other_jobs=ids, problem="")
    return Accepted(job, others)


async def _quota_drop(client: ServiceAccountClient, record: Record) -> float | None:
    """Hours by which the quota has become less since; None where that is not known."""
    if record.quota_before is None:
        return None
    now = await hours_left(client, record.hpc, record.project)
    return None if now is None else record.quota_before - now
