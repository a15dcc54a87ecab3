"""Whether what was submitted has arrived at Piz Daint: a 201 does not say.

The service hides that the upload failed, and that the job could not be started (api.md
sections 4.2 and 4.6). What can be seen: the zip among the job's files, and that the job
leaves the stage READY.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.jobs.polling.interval import Pace

READY_SECONDS = 120.0  # after which a stage that lasts a moment as a rule is worth a word
LOOKS = 4  # for a zip that is not listed: what has just come may take a while to show

_BEFORE_START = frozenset({"STAGINGIN", "READY", "QUEUED"})


class Arrival(NamedTuple):
    """What is known of it.

    Attributes:
        state: "arrived": the zip is listed. "missing": it is not. "stuck": the job does not
            leave READY. "unlisted": it ran to its end, and the zip is not listed. "": nothing
            to say, or it is not known.
        words: for the user; "" where all is well.
    """

    state: Literal["", "arrived", "missing", "stuck", "unlisted"]
    words: str = ""


NOTHING = Arrival("")
NOT_KNOWN = Arrival("", "It could not be checked whether the job's input has arrived.")


def judge_input(job: Job, archive_name: str, names: Collection[str]) -> Arrival:
    """By the names listed, and the job as it was after that."""
    if archive_name in names:
        return Arrival("arrived")
    if job.stage in _BEFORE_START and not job.is_over:
        return Arrival(
            "missing",
            f"The service has the job, but the job's input ({archive_name}) is not among its "
            "files: without it there is nothing to run. Look at the files again in a while. If it "
            "is still missing, cancel the job and submit again.",
        )
    if job.outcome == "succeeded":
        return Arrival(
            "unlisted",
            f"The job ran to its end, but its input ({archive_name}) is not among its files. "
            "Either the job has removed it, or it ran without it: what the job printed will tell.",
        )
    return Arrival(
        "missing",
        f"The job's input ({archive_name}) is not among its files. Either it has not arrived, or "
        "the job has removed it: what the job printed will tell.",
    )


def judge_start(job: Job, ready_seconds: float) -> Arrival:
    """By how long the job has been seen in READY, in seconds."""
    if job.hpc != "pizdaint" or job.stage != "READY" or ready_seconds < READY_SECONDS:
        return NOTHING
    return Arrival(
        "stuck",
        f"The job has been READY for {ready_seconds / 60:.0f} minutes. As a rule this takes a "
        "moment: the service may not have been able to start it. If it stays so, cancel it and "
        "submit again.",
    )


async def check_arrival(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    archive_name: str,
    *,
    ready_seconds: float = 0.0,
) -> Arrival:
    """Look once. Never raises for what the service answers: then it is not known.

    Args:
        job: as last seen. archive_name: the zip's, as sent.
        ready_seconds: for how long the job has been seen in READY.
    """
    if ref.hpc != "pizdaint":
        return NOTHING  # NSG takes the file together with the job, or neither
    try:
        names = {file.name for file in await service.files(ref)}
        if archive_name not in names:
            job = await service.job(ref)  # it may have run meanwhile, and tidied up
    except BspsaError:
        found = NOT_KNOWN
    else:
        found = judge_input(job, archive_name, names)
    return found if found.state == "missing" else _or(judge_start(job, ready_seconds), found)


async def await_arrival(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    archive_name: str,
    pace: Pace | None = None,
) -> Arrival:
    """Look until the zip is listed, a few times at most; what the last look showed.

    Args:
        job: as last seen. pace: None for one that suits the endpoint.
    """
    pace = pace or Pace.for_client(service)
    found = NOTHING
    for look in range(LOOKS):
        await asyncio.sleep(pace.seconds(look))
        found = await check_arrival(service, ref, job, archive_name)
        if found.state == "arrived":
            break
    return found


def _or(first: Arrival, second: Arrival) -> Arrival:
    return first if first.state else second
