"""Puts the token on a request, as late as possible and only there."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx

from bspsa_widgets.errors import UnsafeEndpoint
from bspsa_widgets.tokens import Token, TokenChain


class BearerAuth(httpx.Auth):
    """Authorizes requests to the chain's endpoint, and no other.

    Attributes:
        used: the token of the request under way, so that a refusal can name it.
        refused: one that the service did not take; another is asked for.
    """

    def __init__(self, tokens: TokenChain) -> None:
        self._tokens = tokens
        self.refused: Token | None = None
        self.used: Token | None = None

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        home = httpx.URL(self._tokens.endpoint.url)
        if (request.url.scheme, request.url.host, request.url.port) != (
            home.scheme,
            home.host,
            home.port,
        ):
            raise UnsafeEndpoint("The token was about to go to another address.")
        self.used = await self._tokens.get(self.refused)
        request.headers["Authorization"] = self.used.header()
        yield request
