"""What the user may use: projects, and what is left of the quotas."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.accounting import Project, Quota
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.submission.preflight import explain


class Account(NamedTuple):
    """As the service tells them, for all systems."""

    quotas: list[Quota]
    projects: list[Project]


async def read_account(
    client: ServiceAccountClient, projects: list[Project] | None = None
) -> Account:
    """Ask for both; this also proves the token, and asks no HPC system.

    Args:
        projects: as they are known already; they are not asked for then.

    Raises:
        BspsaError: the service is not there, or does not take the token.
    """
    try:
        quotas = await client.quotas()
        return Account(quotas, await client.projects() if projects is None else projects)
    except ServiceFailure as error:
        raise await explain(client, error) from None
