"""Poll a job once: its state, and when it was read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError, ServiceFailure


class Poll(NamedTuple):
    """The result of a poll.

    Attributes:
        job: the job as last read.
        at: when that state was read.
        problem: why later polls failed, or None.
        is_lost: whether the service no longer shows the job, so that its state is unknown. It is
            polled at growing intervals, and followed again if it comes back.
    """

    job: Job
    at: datetime
    problem: BspsaError | None = None
    is_lost: bool = False


async def poll_job(service: ServiceAccountClient, ref: JobRef, last: Job | None = None) -> Poll:
    """Read a job; a failure of the service is part of the result (one broken job is unreadable).

    Args:
        service: client of the service that has the job.
        ref: address of the job.
        last: the job as last read; None if it was never read.

    Returns:
        The job as it is. If the service fails, `problem` says so, and the job is `last`, or has
        only its address.

    Raises:
        BspsaError: if there is no such job for this user, or the service was not reached.
    """
    try:
        return Poll(await service.job(ref), datetime.now(UTC))
    except ServiceFailure as error:
        return Poll(last or _unread_job(ref), datetime.now(UTC), error)


def _unread_job(ref: JobRef) -> Job:
    return Job(
        job_id=ref.job_id.upper(), project_hpc=ref.hpc.upper(), project_name=ref.project, raw={}
    )
