"""The user's jobs, as far as the service can list them."""

from __future__ import annotations

from typing import NamedTuple

from bspsa_widgets.client.service_account import ServiceAccountClient
from bspsa_widgets.domain.jobs import Job
from bspsa_widgets.domain.systems import SYSTEMS
from bspsa_widgets.errors import ServiceFailure


class JobList(NamedTuple):
    """`failed`: by the name of the system whose jobs could not be listed."""

    jobs: list[Job]
    failed: dict[str, ServiceFailure]


async def list_by_system(client: ServiceAccountClient, hpc: str = "", project: str = "") -> JobList:
    """One broken job makes the whole list fail: then what can be had, system by system.

    Raises:
        BspsaError: there is nothing to be had.
    """
    try:
        return JobList(await client.jobs(hpc, project), {})
    except ServiceFailure:
        if hpc:
            raise
    found: list[Job] = []
    failed: dict[str, ServiceFailure] = {}
    for system in SYSTEMS.values():
        try:
            found += await client.jobs(system.id)
        except ServiceFailure as error:
            failed[system.label] = error
    if len(failed) == len(SYSTEMS):
        raise next(iter(failed.values()))
    return JobList(found, failed)
