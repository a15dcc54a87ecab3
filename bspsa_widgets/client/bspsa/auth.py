"""Put the token on a request, as late as possible and only there."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx

from bspsa_widgets.errors import UnsafeEndpoint
from bspsa_widgets.tokens import Token, TokenChain


class BearerAuth(httpx.Auth):
    """Authorizes requests to one endpoint, and to no other.

    Args:
        tokens: sources of the token for the endpoint.

    Attributes:
        used: token of the current request; tells which one a response refused.
        refused: token that the service rejected; another one is requested.
    """

    def __init__(self, tokens: TokenChain) -> None:
        self._tokens = tokens
        self.refused: Token | None = None
        self.used: Token | None = None

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the Authorization header to a request; httpx calls this.

        Args:
            request: the request.

        Yields:
            The request with its header.

        Raises:
            UnsafeEndpoint: if the request goes to another server.
        """
        endpoint = httpx.URL(self._tokens.endpoint.url)
        if (request.url.scheme, request.url.host, request.url.port) != (
            endpoint.scheme,
            endpoint.host,
            endpoint.port,
        ):
            raise UnsafeEndpoint("The token was about to go to another address.")
        self.used = await self._tokens.get(self.refused)
        request.headers["Authorization"] = self.used.header()
        yield request
