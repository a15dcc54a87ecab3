"""Connects a panel to its service, with one client for each endpoint in use."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bspsa_widgets.client.bspsa.service_account import ServiceAccountClient
from bspsa_widgets.domain.endpoint import Endpoint
from bspsa_widgets.errors import NotSent
from bspsa_widgets.runtime.connection import Target, connect, find_target
from bspsa_widgets.runtime.owned_tasks import closed_panel
from bspsa_widgets.service.embedded import LocalService
from bspsa_widgets.tokens import GivenToken


class ServiceLink:
    """Connection of a panel to its service.

    Args:
        endpoint: as in `JobSubmitter`.
        token: as in `JobSubmitter`.
        trusted: as in `JobSubmitter`.

    Raises:
        InvalidInput: (field `endpoint`) an address is not valid; also for one in `trusted`.
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
            self._target = None  # the local service has not been started yet

    @property
    def label(self) -> str:
        """Name of the service for the user."""
        return self._target.label if self._target else "local service"

    @property
    def is_here(self) -> bool:
        """Whether the service runs on this computer."""
        return self._target is None or self._target.endpoint.is_loopback

    async def service(self) -> ServiceAccountClient:
        """Return the client for the current endpoint; a local service may have been started.

        Returns:
            the client.

        Raises:
            NotSent: "local" was named, and no local service is running; or the panel is closed.
        """
        # Reads files, which may be on a network drive that does not respond.
        target = await asyncio.to_thread(find_target, self._endpoint)
        if self._is_closed:
            raise closed_panel()
        if not self._clients or target != self._target:
            self._target = target
            self._clients.append(connect(target, self._token, self._trusted))
        return self._clients[-1]

    async def aclose(self) -> None:
        """Close all connections, finally."""
        self._is_closed = True
        await self.rest()

    async def rest(self) -> None:
        """Close all connections; new ones are made when they are needed."""
        for client in self._clients:
            await client.aclose()
