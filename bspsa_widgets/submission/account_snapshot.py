"""The answers of a service, each asked for once: for one look at many submissions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bspsa_widgets.domain.accounting import Quota
from bspsa_widgets.domain.jobs import Job, JobRef
from bspsa_widgets.errors import BspsaError


class Looked(Protocol):
    """What is asked of a service when a job is looked for: a client, or what it said before."""

    async def jobs(self, hpc: str = "", project: str = "") -> list[Job]: ...

    async def job(self, ref: JobRef) -> Job: ...

    async def quotas(self, hpc: str = "", project: str = "") -> list[Quota]: ...


class AskedOnce:
    """Asks `service` for each thing once; a failure is an answer, too. On one event loop.

    Args:
        listed: all jobs of the user, where they are known: then no list is asked for.
    """

    def __init__(self, service: Looked, listed: list[Job] | None = None) -> None:
        self._service = service
        self._listed = listed
        self._answers: dict[object, Any] = {}

    async def jobs(self, hpc: str = "", project: str = "") -> list[Job]:
        """The user's jobs: all, where they are known."""
        if self._listed is not None:
            return self._listed
        found: list[Job] = await self._once(self._service.jobs, hpc, project)
        return found

    async def job(self, ref: JobRef) -> Job:
        """One job."""
        found: Job = await self._once(self._service.job, ref)
        return found

    async def quotas(self, hpc: str = "", project: str = "") -> list[Quota]:
        """What the user has left."""
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
