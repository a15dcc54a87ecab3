"""What was proved before the send of one submission holds for those that follow it."""

from __future__ import annotations

import asyncio

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.payload import JobRequest
from bspsa_widgets.errors import BspsaError
from bspsa_widgets.submission.preflight import Proof, prove


class Proofs:
    """The proofs for submissions to one service, a project's for all of them.

    A proof holds as long as the service goes on answering to the token that is in use.
    Everything runs on one event loop.
    """

    def __init__(self, client: ServiceAccountClient) -> None:
        self._client = client
        self._projects: dict[tuple[str, str], _Project] = {}

    async def of(self, request: JobRequest) -> Proof:
        """The proof that holds now; the service is asked where there is none.

        Raises:
            BspsaError: see `prove`; who waits meanwhile is told the same.
        """
        place = (request.hpc, request.project)
        project = self._projects.setdefault(place, _Project())
        turn = project.asked
        async with project.lock:
            if project.failure is not None and project.asked != turn:
                raise project.failure
            proof = project.proof
            if proof is None or not await self._client.has_good_token():
                proof = await self._ask(project, request)
            return proof

    def doubt(self) -> None:
        """Ask anew before the next send: an answer may have been the token's fault."""
        for project in self._projects.values():
            project.proof = None

    async def _ask(self, project: _Project, request: JobRequest) -> Proof:
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
    """How often it was asked, and what came of the last time."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.asked = 0
        self.proof: Proof | None = None
        self.failure: BspsaError | None = None
