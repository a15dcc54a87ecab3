"""Reads what the user may use: projects, and the hours left of the quotas."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.submission.preflight import explain


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
