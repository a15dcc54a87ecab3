"""What was seen of a job, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, ServiceFailure


class Look(NamedTuple):
    """What was seen: the job as last known, when that was true, and what went wrong since."""

    job: Job
    at: datetime
    problem: BspsaError | None = None


async def look_at(service: ServiceAccountClient, ref: JobRef, seen: Job | None = None) -> Look:
    """Read a job, for work that can go on without: one broken job cannot be read at all.

    Args:
        service: that has the job.
        ref: where it is found.
        seen: the job as it was seen before; None: it was not.

    Returns:
        The job as it is. If the service fails, `problem` says so, and the job is `seen`, or
        has no more than its place.

    Raises:
        BspsaError: there is no such job for this user, or the service was not reached.
    """
    try:
        return Look(await service.job(ref), datetime.now(UTC))
    except ServiceFailure as error:
        return Look(seen or _at_place(ref), datetime.now(UTC), error)


def _at_place(ref: JobRef) -> Job:
    return Job(
        job_id=ref.job_id.upper(), project_hpc=ref.hpc.upper(), project_name=ref.project, raw={}
    )
