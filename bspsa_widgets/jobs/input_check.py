"""Checks whether the input has reached Piz Daint: the service's 201 does not say.

The service hides that the upload failed and that the job could not be started (api.md sections 4.2
and 4.6). Two things can be observed: whether the zip is among the job's files, and whether the job
leaves the stage READY.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Literal, NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.jobs.polling.interval import PollInterval

READY_SECONDS = 120.0  # READY normally lasts a moment; report it after this time
LOOKS = 4  # checks for a zip that is not listed: a new file may appear late

_BEFORE_START = frozenset({"STAGINGIN", "READY", "QUEUED"})


class InputCheck(NamedTuple):
    """Result of the input check.

    Attributes:
        state: "arrived": the zip is listed. "missing": it is not. "stuck": the job does not leave
            READY. "unlisted": the job succeeded, and the zip is not listed. "": nothing to report,
            or not known.
        words: sentence for the user; "" if all is well.
    """

    state: Literal["", "arrived", "missing", "stuck", "unlisted"]
    words: str = ""


NOTHING = InputCheck("")
NOT_KNOWN = InputCheck("", "It could not be checked whether the job's input has arrived.")


def judge_input(job: Job, archive_name: str, names: Collection[str]) -> InputCheck:
    """Return the result for the files that are listed.

    Args:
        job: the job as read after the files.
        archive_name: file name of the zip as sent.
        names: names of the job's files.

    Returns:
        "arrived", "unlisted" or "missing".
    """
    if archive_name in names:
        return InputCheck("arrived")
    if job.stage in _BEFORE_START and not job.is_over:
        return InputCheck(
            "missing",
            f"The service has the job, but the job's input ({archive_name}) is not among its "
            "files: without it there is nothing to run. Look at the files again in a while. If it "
            "is still missing, cancel the job and submit again.",
        )
    if job.outcome == "succeeded":
        return InputCheck(
            "unlisted",
            f"The job ran to its end, but its input ({archive_name}) is not among its files. "
            "Either the job has removed it, or it ran without it: what the job printed will tell.",
        )
    return InputCheck(
        "missing",
        f"The job's input ({archive_name}) is not among its files. Either it has not arrived, or "
        "the job has removed it: what the job printed will tell.",
    )


def judge_start(job: Job, ready_seconds: float) -> InputCheck:
    """Return "stuck" if a job on Piz Daint stays in READY for too long.

    Args:
        job: the job as last read.
        ready_seconds: how long the job has been seen in READY, in seconds.

    Returns:
        the result.
    """
    if job.hpc != "pizdaint" or job.stage != "READY" or ready_seconds < READY_SECONDS:
        return NOTHING
    return InputCheck(
        "stuck",
        f"The job has been READY for {ready_seconds / 60:.0f} minutes. As a rule this takes a "
        "moment: the service may not have been able to start it. If it stays so, cancel it and "
        "submit again.",
    )


async def check_input(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    archive_name: str,
    *,
    ready_seconds: float = 0.0,
) -> InputCheck:
    """Check the input once. Errors of the service are not raised: the result is not known.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: as last seen.
        archive_name: file name of the zip as sent.
        ready_seconds: how long the job has been seen in READY, in seconds.

    Returns:
        the result.
    """
    if ref.hpc != "pizdaint":
        return NOTHING  # NSG gets file and job in one request
    try:
        names = {file.name for file in await service.files(ref)}
        if archive_name not in names:
            job = await service.job(ref)  # it may have run meanwhile and removed its input
    except BspsaError:
        found = NOT_KNOWN
    else:
        found = judge_input(job, archive_name, names)
    return found if found.state == "missing" else _or(judge_start(job, ready_seconds), found)


async def await_input(
    service: ServiceAccountClient,
    ref: JobRef,
    job: Job,
    archive_name: str,
    interval: PollInterval | None = None,
) -> InputCheck:
    """Check the input repeatedly until the zip is listed, at most `LOOKS` times.

    Args:
        service: client of the service that has the job.
        ref: system, project and id of the job.
        job: as last seen.
        archive_name: file name of the zip as sent.
        interval: interval between the checks; None: one that suits the service.

    Returns:
        the last result.
    """
    interval = interval or PollInterval.for_client(service)
    found = NOTHING
    for look in range(LOOKS):
        await asyncio.sleep(interval.seconds(look))
        found = await check_input(service, ref, job, archive_name)
        if found.state == "arrived":
            break
    return found


def _or(first: InputCheck, second: InputCheck) -> InputCheck:
    return first if first.state else second
