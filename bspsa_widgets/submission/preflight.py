"""What is asked before anything is sent: is the service there, and does it take the token?"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure, TokenRefused
from bspsa_widgets.records.record import date_now
from bspsa_widgets.submission.account_snapshot import Looked

log = logging.getLogger(__name__)

# How a service answers that has no quotas, or that stands in for one in a test.
_NO_SUCH_PATH = (405, 501)


class Proof(NamedTuple):
    """What the service told before the send.

    Attributes:
        hours_left: of the quota, approximate; None where that is not known.
        at: when that was told, ISO 8601, UTC.
    """

    hours_left: float | None
    at: str


async def prove(client: ServiceAccountClient, request: JobRequest) -> Proof:
    """Ask what is left of the quota: for that the service asks no HPC system.

    A token is proved here rather than by the submission: there the service would answer
    500, and nobody would know whether a job exists.

    Raises:
        TokenError: there is no token, or it is not taken.
        NotFound: of field `project`; AccessRefused: the user may not use it.
        NotSent, ServiceFailure: the service is not in a state to be sent anything.
    """
    try:
        return Proof(await _quota(client, request.hpc, request.project), date_now())
    except NotFound as error:
        if "project" in error.message.lower():
            raise _unknown_project(request, error) from None
        # No quota, or a service that has none: the submission will tell.
    except ServiceFailure as error:
        if error.status is None:  # no answer: it has taken its time already
            raise
        if error.status not in _NO_SUCH_PATH:
            await _prove_by_list(client, request, error)
    return Proof(None, date_now())


async def hours_left(client: Looked, hpc: str, project: str) -> float | None:
    """What is left of the user's quota, approximate; None where the service does not say."""
    try:
        return await _quota(client, hpc, project)
    except BspsaError as error:
        log.info("the quota could not be read: %s", type(error).__name__)
        return None


async def _quota(client: Looked, hpc: str, project: str) -> float | None:
    """Hours. Who submits to the default project need not be in its group: it is not named."""
    wanted = project or default_project(hpc)
    for quota in await client.quotas(hpc, project):
        if quota.project.lower() == wanted:
            return quota.hours_left
    return None


async def _prove_by_list(
    client: ServiceAccountClient, request: JobRequest, broken: ServiceFailure
) -> None:
    """Where the quotas are what is broken, the jobs prove the token as well."""
    try:
        await client.jobs(request.hpc, request.project)
    except NotFound as error:
        if "project" in error.message.lower():
            raise _unknown_project(request, error) from None
        raise broken from None
    except ServiceFailure as error:
        explained = await explain(client, error)
        raise (broken if explained is error else explained) from None


def _unknown_project(request: JobRequest, error: NotFound) -> NotFound:
    problem = NotFound(
        f"The service does not know the project {request.project!r} on {request.hpc}.",
        status=error.status,
        advice="Choose another project; empty means the default.",
    )
    problem.field = "project"
    return problem


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
