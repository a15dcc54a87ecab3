"""Caches the responses of a service while several submissions are checked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bspsa_widgets.domain.accounting import Quota
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError


class AccountReads(Protocol):
    """Reads of a service that are needed to search for a job: a client, or a cache of one."""

    async def jobs(self, hpc: str = "", project: str = "") -> list[Job]:
        """Return the user's jobs, of one system and project or of all.

        Args:
            hpc: id of the HPC system; empty for all.
            project: id of the project; empty for all.

        Returns:
            jobs that the service lists.
        """

    async def job(self, ref: JobRef) -> Job:
        """Return one job.

        Args:
            ref: system, project and id of the job.

        Returns:
            the job.
        """

    async def quotas(self, hpc: str = "", project: str = "") -> list[Quota]:
        """Return the user's quotas, of one system and project or of all.

        Args:
            hpc: id of the HPC system; empty for all.
            project: id of the project; empty for all.

        Returns:
            quotas.
        """


class AccountSnapshot:
    """Cache that sends each read once and repeats its response or its error.

    All calls must run on one event loop.

    Args:
        service: client that sends the reads.
        listed: all jobs of the user, if they are known already: then no list is requested.
    """

    def __init__(self, service: AccountReads, listed: list[Job] | None = None) -> None:
        self._service = service
        self._listed = listed
        self._answers: dict[object, Any] = {}

    async def jobs(self, hpc: str = "", project: str = "") -> list[Job]:
        """Return the user's jobs, of one system and project or of all.

        Args:
            hpc: id of the HPC system; empty for all.
            project: id of the project; empty for all.

        Returns:
            the jobs given as `listed`, otherwise those that the service lists.
        """
        if self._listed is not None:
            return self._listed
        found: list[Job] = await self._once(self._service.jobs, hpc, project)
        return found

    async def job(self, ref: JobRef) -> Job:
        """Return one job.

        Args:
            ref: system, project and id of the job.

        Returns:
            the job.
        """
        found: Job = await self._once(self._service.job, ref)
        return found

    async def quotas(self, hpc: str = "", project: str = "") -> list[Quota]:
        """Return the user's quotas, of one system and project or of all.

        Args:
            hpc: id of the HPC system; empty for all.
            project: id of the project; empty for all.

        Returns:
            quotas.
        """
        found: list[Quota] = await self._once(self._service.quotas, hpc, project)
        return found

    async def _once(self, ask: Callable[..., Awaitable[Any]], *asked: object) -> Any:
        key = (ask.__name__, asked)
        if key not in self._answers:
            try:
                self._answers[key] = await ask(*asked)
            except BspsaError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, BspsaError):
            raise answer
        return answer
