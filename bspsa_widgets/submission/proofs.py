"""Shares the token check of one submission with those that follow it."""

from __future__ import annotations

import asyncio

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.submission.preflight import AccountCheck, prove


class AccountChecks:
    """Token checks for submissions to one service, one for each project.

    A check is valid as long as the service keeps accepting the current token. All calls must run on
    one event loop.

    Args:
        client: client of the service.
    """

    def __init__(self, client: ServiceAccountClient) -> None:
        self._client = client
        self._projects: dict[tuple[str, str], _Project] = {}

    async def of(self, request: JobRequest) -> AccountCheck:
        """Return the valid check for a request; ask the service if there is none.

        Args:
            request: the validated request to the service.

        Returns:
            the check.

        Raises:
            BspsaError: see `prove`; callers that wait meanwhile get the same error.
        """
        place = (request.hpc, request.project)
        project = self._projects.setdefault(place, _Project())
        turn = project.asked
        async with project.lock:
            if project.failure is not None and project.asked != turn:
                raise project.failure
            proof = project.proof
            if proof is None or not await self._client.has_accepted_token():
                proof = await self._ask(project, request)
            return proof

    def doubt(self) -> None:
        """Invalidate all checks, because a response may have been caused by the token."""
        for project in self._projects.values():
            project.proof = None

    async def _ask(self, project: _Project, request: JobRequest) -> AccountCheck:
        project.proof = project.failure = None
        try:
            project.proof = proof = await prove(self._client, request)
            return proof
        except BspsaError as error:
            project.failure = error
            raise
        finally:
            project.asked += 1


class _Project:
    """Number of checks of a project, and the result of the last one."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.asked = 0
        self.proof: AccountCheck | None = None
        self.failure: BspsaError | None = None
