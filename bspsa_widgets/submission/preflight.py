"""Checks that the service accepts the token, and reads the user's projects and quotas."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.domain.systems import default_project
from bspsa_widgets.errors import BspsaError, NotFound, ServiceFailure, TokenRefused
from bspsa_widgets.records.states import date_now
from bspsa_widgets.submission.account_snapshot import AccountReads

log = logging.getLogger(__name__)

# Responses of a service without quotas, or of a stand-in in a test.
_NO_SUCH_PATH = (405, 501)


class AccountCheck(NamedTuple):
    """What the service reported before the send.

    Attributes:
        hours_left: hours left of the quota, approximate; None if not known.
        at: when that was reported, ISO 8601, UTC.
    """

    hours_left: float | None
    at: str


async def prove(client: ServiceAccountClient, request: JobRequest) -> AccountCheck:
    """Check the token by reading the quota; the service asks no HPC system for that.

    The token is not left to the submission: there the service answers a bad token with 500, and
    nobody would know whether a job exists.

    Args:
        client: client of the service.
        request: the validated request to the service.

    Returns:
        the hours left, and when they were read.

    Raises:
        TokenError: there is no token, or the service rejects it.
        NotFound: (field `project`) the service does not know the project.
        AccessRefused: the user may not use the project.
        NotSent: the service cannot take a submission now.
        ServiceFailure: the service failed or did not answer.
    """
    try:
        return AccountCheck(await _quota(client, request.hpc, request.project), date_now())
    except NotFound as error:
        if "project" in error.message.lower():
            raise _unknown_project(request, error) from None
        # No quota, or a service without quotas: the submission will show it.
    except ServiceFailure as error:
        if error.status is None:  # no response: a second request would take as long
            raise
        if error.status not in _NO_SUCH_PATH:
            await _prove_by_list(client, request, error)
    return AccountCheck(None, date_now())


async def hours_left(client: AccountReads, hpc: str, project: str) -> float | None:
    """Return the hours left of the user's quota, approximate.

    Args:
        client: client of the service.
        hpc: id of the HPC system.
        project: id of the project; empty for the default project.

    Returns:
        hours; None if the service does not say.
    """
    try:
        return await _quota(client, hpc, project)
    except BspsaError as error:
        log.info("the quota could not be read: %s", type(error).__name__)
        return None


async def _quota(client: AccountReads, hpc: str, project: str) -> float | None:
    """Return the hours left of the quota; None if there is no such quota.

    The default project is not named in the request: its users need not be in its group.
    """
    wanted = project or default_project(hpc)
    for quota in await client.quotas(hpc, project):
        if quota.project.lower() == wanted:
            return quota.hours_left
    return None


async def _prove_by_list(
    client: ServiceAccountClient, request: JobRequest, broken: ServiceFailure
) -> None:
    """Check the token by listing the jobs, if the quotas cannot be read."""
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
    """Return a read's error as its likely cause: the service fails (500) on a bad token.

    Args:
        client: client of the service.
        error: the error of a read.

    Returns:
        `TokenRefused` if the service runs but fails with the token; otherwise `error`.
    """
    if isinstance(error, ServiceFailure) and error.status == 500:
        with suppress(BspsaError):
            if await client.status():
                return TokenRefused(
                    "The service runs, but fails with your access token: "
                    "this is how it treats one that is expired or wrong."
                )
    return error


class Account(NamedTuple):
    """Projects and quotas of the user on all systems, as the service reports them.

    Attributes:
        quotas: quotas of the user, one for each system and project.
        projects: projects that the user may use.
    """

    quotas: list[Quota]
    projects: list[Project]


async def read_account(
    client: ServiceAccountClient, projects: list[Project] | None = None
) -> Account:
    """Return the user's projects and quotas.

    The request also checks the token. The service answers it without asking an HPC system.

    Args:
        client: client of the service.
        projects: projects, if they are known already; None: ask the service.

    Returns:
        projects and quotas.

    Raises:
        BspsaError: the service cannot be reached, or rejects the token.
    """
    try:
        quotas = await client.quotas()
        return Account(quotas, await client.projects() if projects is None else projects)
    except ServiceFailure as error:
        raise await explain(client, error) from None
