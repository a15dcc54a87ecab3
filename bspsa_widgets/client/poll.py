"""What was seen of a job, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, ServiceFailure


class Look(NamedTuple):
    """What was seen.

    Attributes:
        job: as last known.
        at: when that was true.
        problem: what has gone wrong since, or None.
        is_lost: the service does not show the job any more; what became of it is not known.
            It is looked for more and more rarely, and taken up again when it comes back.
    """

    job: Job
    at: datetime
    problem: BspsaError | None = None
    is_lost: bool = False


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
