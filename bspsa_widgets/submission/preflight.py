"""What is asked before anything is sent: is the service there, and does it take the token?"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import NamedTuple

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure, TokenRefused

log = logging.getLogger(__name__)

# How a service answers that has no such list, or that stands in for one in a test.
_NO_SUCH_LIST = (405, 501)


class Proof(NamedTuple):
    """What the service told before the send.

    Attributes:
        jobs: the user's in this project; None where the list itself is broken.
        hours_left: of the quota, approximate; None where that is not known.
    """

    jobs: list[Job] | None
    hours_left: float | None

    @property
    def baseline(self) -> int | None:
        """The highest id of a job there: a newer job has a higher one. None: not known."""
        if self.jobs is None:
            return None
        return max((job.id for job in self.jobs if job.id is not None), default=None)


async def prove(client: ServiceAccountClient, request: JobRequest) -> Proof:
    """Ask for the jobs, and for what is left of the quota.

    A token is proved here rather than by the submission: there the service would answer
    500, and nobody would know whether a job exists.

    Raises:
        TokenError: there is no token, or it is not taken.
        NotFound: of field `project`; AccessRefused: the user may not use it.
        NotSent, ServiceFailure: the service is not in a state to be sent anything.
    """
    jobs = await _jobs(client, request)
    return Proof(jobs, await hours_left(client, request.hpc, request.project))


async def hours_left(client: ServiceAccountClient, hpc: str, project: str) -> float | None:
    """What is left of the user's quota, approximate; None where the service does not say."""
    try:
        found = await client.quotas(hpc, project or default_project(hpc))
    except BspsaError as error:
        log.info("the quota could not be read: %s", type(error).__name__)
        return None
    return found[0].hours_left if found else None


async def _jobs(client: ServiceAccountClient, request: JobRequest) -> list[Job] | None:
    """None where the list is broken, but the token is known to be good."""
    try:
        return await client.jobs(request.hpc, request.project)
    except NotFound as error:
        if "project" not in error.message.lower():
            return None  # this service has no such list; the submission will tell
        problem = NotFound(
            f"The service does not know the project {request.project!r} on {request.hpc}.",
            status=error.status,
            advice="Choose another project; empty means the default.",
        )
        problem.field = "project"
        raise problem from None
    except ServiceFailure as error:
        if error.status in _NO_SUCH_LIST:
            return None
        if error.status == 200:  # a login page, say: whatever is there is not the service
            raise
        await _prove_by_quota(client, request, error)
        return None


async def _prove_by_quota(
    client: ServiceAccountClient, request: JobRequest, broken: ServiceFailure
) -> None:
    """One broken job makes the list fail for good; quotas are not touched by it."""
    try:
        await client.quotas(request.hpc)
    except ServiceFailure as error:
        explained = await explain(client, error)
        raise (broken if explained is error else explained) from None


async def explain(client: ServiceAccountClient, error: BspsaError) -> BspsaError:
    """A read's failure as what it most likely is: the service fails on a bad token."""
    if isinstance(error, ServiceFailure) and error.status == 500:
        with suppress(BspsaError):
            if await client.status():
                return TokenRefused(
                    "The service runs, but fails with your access token: "
                    "this is how it treats one that is expired or wrong."
                )
    return error
