"""GET: retried after temporary failures, and once with a new token if the old one may be bad."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.error_messages import error_message
from bspsa_widgets.client.bspsa.log_redaction import redacting_trace
from bspsa_widgets.client.bspsa.responses import MAX_LIST_BYTES, MAX_OBJECT_BYTES, read_response
from bspsa_widgets.client.bspsa.retrying import ReadFailed, ReadRefused, with_retries
from bspsa_widgets.client.bspsa.transport import RESPONSE_SECONDS, Connections
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.errors import BspsaError, ServiceFailure, TokenRefused
from bspsa_widgets.tokens import Token, TokenChain

Value = TypeVar("Value")
Reader = Callable[[httpx.Response, asyncio.Timeout], Awaitable[Value]]

OK = frozenset({200})
ACCEPTED_SECONDS = 60.0  # how long an accepted token counts as good


class GetRequests:
    """The GET requests of one client.

    Args:
        connections: connections to the service.
        tokens: sources of the token for the same endpoint.
    """

    def __init__(self, connections: Connections, tokens: TokenChain) -> None:
        self._connections = connections
        self._tokens = tokens
        self._accepted: Token | None = None  # the accepted token, and the loop's time then
        self._accepted_at = 0.0

    async def json(
        self, path: str, *, with_token: bool = True, max_bytes: int = MAX_LIST_BYTES
    ) -> Any:
        """Return the decoded JSON at a path.

        Args:
            path: path of the request.
            with_token: whether to send the token.
            max_bytes: largest allowed response, bytes.

        Returns:
            The decoded JSON.

        Raises:
            BspsaError: of any kind for which no job was created.
        """
        auth = BearerAuth(self._tokens) if with_token else None

        async def read(response: httpx.Response, _: asyncio.Timeout) -> ServiceResponse:
            return await read_response(response, max_bytes, auth.used if auth else None)

        answer = await self._get(path, read, auth, {})
        try:
            return answer.json()
        except ValueError:
            raise outcomes.unreadable("JSON") from None

    async def stream(
        self,
        path: str,
        read: Reader[Value],
        headers: dict[str, str],
        statuses: frozenset[int] = OK,
    ) -> Value:
        """Request a path, and pass the response to `read`.

        Args:
            path: path of the request.
            read: reads the response; its errors are final. It also gets the time limit of the
                request, and may remove it.
            headers: further headers.
            statuses: statuses that count as success; all others are failures.

        Returns:
            What `read` returns.
        """
        return await self._get(path, read, BearerAuth(self._tokens), headers, statuses)

    async def _get(
        self,
        path: str,
        read: Reader[Value],
        auth: BearerAuth | None,
        headers: dict[str, str],
        statuses: frozenset[int] = OK,
    ) -> Value:
        once = partial(self._once, path, read, auth, headers, statuses)
        while True:
            try:
                return await with_retries(once)
            except ReadRefused as error:
                refusal = error
            except ReadFailed as error:
                raise error.failure from None
            if auth is None or auth.refused or not await self._has_new_token(refusal, auth):
                raise self._error_for(refusal)

    def note_accepted(self, token: Token) -> None:
        """Note that the service has just accepted a token.

        Args:
            token: the token.
        """
        self._accepted, self._accepted_at = token, asyncio.get_running_loop().time()

    def was_accepted(self, token: Token) -> bool:
        """Return whether the service accepted a token less than a minute ago.

        Args:
            token: the token.

        Returns:
            True if it did.
        """
        age = asyncio.get_running_loop().time() - self._accepted_at
        return (
            self._accepted is not None and self._accepted.is_same(token) and age < ACCEPTED_SECONDS
        )

    async def _has_new_token(self, refusal: ReadRefused, auth: BearerAuth) -> bool:
        """Return whether there is another token, if the refused one may be the cause."""
        used = refusal.token
        if used is None or not may_be_token_error(refusal.response):
            return False
        auth.refused = used
        return not (await self._tokens.get(refused=used)).is_same(used)

    def _error_for(self, refusal: ReadRefused) -> BspsaError:
        used = refusal.token
        if used is None:
            return outcomes.judge_read(refusal.response)
        if used.looks_expired and may_be_token_error(refusal.response):
            return TokenRefused(f"The access token from {used.source} has expired.")
        return outcomes.judge_read(refusal.response, token_is_good=self.was_accepted(used))

    async def _once(
        self,
        path: str,
        read: Reader[Value],
        auth: BearerAuth | None,
        headers: dict[str, str],
        statuses: frozenset[int],
    ) -> Value:
        http = await self._connections.shared()
        try:
            async with (
                asyncio.timeout(RESPONSE_SECONDS) as limit,
                http.stream(
                    "GET",
                    path,
                    headers=headers,
                    auth=auth,
                    extensions={"trace": redacting_trace(auth)},
                ) as stream,
            ):
                used = auth.used if auth else None
                if stream.status_code in statuses:
                    if used is not None:
                        self.note_accepted(used)
                    return await read(stream, limit)
                response = await read_response(stream, MAX_OBJECT_BYTES, used)
        except httpx.HTTPError as error:
            broken = ReadFailed(error, self._connections.failure(error))
        except TimeoutError:
            # The time limit is used up, and a repetition would take as long.
            raise ServiceFailure("The service's answer did not end in time.") from None
        else:
            raise ReadRefused(response, used)
        raise broken  # outside `except`: httpx's message, which may repeat the token, is no context


def may_be_token_error(response: ServiceResponse) -> bool:
    """Return whether a bad token may be the cause of a response.

    The real service responds 500 with a web page to a bad token, the local one 401.

    Args:
        response: the response.

    Returns:
        True if it may be.
    """
    if response.status == 401:
        return "quota" not in error_message(response).lower()
    return response.status == 500 and response.is_html
