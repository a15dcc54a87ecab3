"""A panel's way to its service: one client for each endpoint that was in use."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import NotSent
from bspsa_widgets.runtime.connection import Target, connect, find_target
from bspsa_widgets.runtime.event_loop import closed_panel
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.tokens import GivenToken


class Link:
    """Arguments are those of `JobSubmitter`.

    Raises:
        InvalidInput: of field `endpoint`, also for an address in `trusted`.
    """

    def __init__(
        self,
        endpoint: str | LocalService | None,
        token: GivenToken | None,
        trusted: Collection[str],
    ) -> None:
        self._endpoint = endpoint
        self._token = token
        self._trusted = tuple(Endpoint.parse(url).url for url in trusted)
        self._clients: list[ServiceAccountClient] = []
        self._is_closed = False
        try:
            self._target: Target | None = find_target(endpoint)
        except NotSent:
            self._target = None  # the local service that is meant has not been started

    @property
    def label(self) -> str:
        """For people: where it leads."""
        return self._target.label if self._target else "local service"

    @property
    def is_here(self) -> bool:
        """Whether the service is on this machine."""
        return self._target is None or self._target.endpoint.is_loopback

    async def service(self) -> ServiceAccountClient:
        """The client of the endpoint in use; a local service may have come or moved.

        Raises:
            NotSent: "local" was named, and no local service runs; or the panel is closed.
        """
        # A local service is found by files, which may lie on a network that does not answer.
        target = await asyncio.to_thread(find_target, self._endpoint)
        if self._is_closed:
            raise closed_panel()
        if not self._clients or target != self._target:
            self._target = target
            self._clients.append(connect(target, self._token, self._trusted))
        return self._clients[-1]

    async def aclose(self) -> None:
        """Close the connections that are kept; no more are made."""
        self._is_closed = True
        await self.rest()

    async def rest(self) -> None:
        """Close the connections that are kept; others are made when they are needed."""
        for client in self._clients:
            await client.aclose()
