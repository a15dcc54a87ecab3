"""GET: repeated after temporary failures, and once with a new token if the old may be bad."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.client.bspsa.log_redaction import hushed
from bspsa_widgets.client.bspsa.responses import MOST_LIST_BYTES, MOST_OBJECT_BYTES, read_answer
from bspsa_widgets.client.bspsa.retrying import ReadFailed, ReadRefused, repeated
from bspsa_widgets.client.bspsa.service_words import words
from bspsa_widgets.client.bspsa.transport import ANSWER_SECONDS, Connections
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.errors import BspsaError, ServiceFailure, TokenRefused
from bspsa_widgets.tokens import Token, TokenChain

Value = TypeVar("Value")
Take = Callable[[httpx.Response, asyncio.Timeout], Awaitable[Value]]

OK = frozenset({200})
GOOD_SECONDS = 60.0  # an accepted token is not suspected for so long


class GetRequests:
    """The GET requests of one client.

    Args:
        connections: connections to the service.
        tokens: sources of the token for the same endpoint.
    """

    def __init__(self, connections: Connections, tokens: TokenChain) -> None:
        self._connections = connections
        self._tokens = tokens
        self._good: Token | None = None  # the accepted token, and the loop's time then
        self._good_at = 0.0

    async def json(self, path: str, *, with_token: bool = True, most: int = MOST_LIST_BYTES) -> Any:
        """Return the decoded JSON at a path.

        Args:
            path: path of the request.
            with_token: whether to send the token.
            most: largest allowed response, bytes.

        Returns:
            The decoded JSON.

        Raises:
            BspsaError: of any kind for which no job was created.
        """
        auth = BearerAuth(self._tokens) if with_token else None

        async def take(response: httpx.Response, _: asyncio.Timeout) -> ServiceResponse:
            return await read_answer(response, most, auth.used if auth else None)

        answer = await self._get(path, take, auth, {})
        try:
            return answer.json()
        except ValueError:
            raise outcomes.unreadable("JSON") from None

    async def stream(
        self,
        path: str,
        take: Take[Value],
        headers: dict[str, str],
        answers: frozenset[int] = OK,
    ) -> Value:
        """Request a path, and pass the response to `take`.

        Args:
            path: path of the request.
            take: reads the response; its errors are final. It also gets the time limit of the
                request, and may remove it.
            headers: further headers.
            answers: statuses that count as success; all others are failures.

        Returns:
            What `take` returns.
        """
        return await self._get(path, take, BearerAuth(self._tokens), headers, answers)

    async def _get(
        self,
        path: str,
        take: Take[Value],
        auth: BearerAuth | None,
        headers: dict[str, str],
        answers: frozenset[int] = OK,
    ) -> Value:
        once = partial(self._once, path, take, auth, headers, answers)
        failure: BspsaError
        try:
            return await repeated(once)
        except ReadRefused as error:
            first = error
        except ReadFailed as error:
            raise error.failure from None
        if auth is None or not await self._is_renewed(first, auth):
            raise self._judged(first)
        try:
            return await repeated(once)
        except ReadRefused as error:
            failure = self._judged(error)
        except ReadFailed as error:
            failure = error.failure
        raise failure

    def answered_to(self, token: Token) -> None:
        """Note that the service has just accepted a token.

        Args:
            token: the token.
        """
        self._good, self._good_at = token, asyncio.get_running_loop().time()

    def is_good(self, token: Token) -> bool:
        """Return whether the service accepted a token less than a minute ago.

        Args:
            token: the token.

        Returns:
            True if it did.
        """
        age = asyncio.get_running_loop().time() - self._good_at
        return self._good is not None and self._good.is_same(token) and age < GOOD_SECONDS

    async def _is_renewed(self, declined: ReadRefused, auth: BearerAuth) -> bool:
        """Return whether there is another token, if the refused one may be the cause."""
        used = declined.token
        if used is None or not may_be_the_token(declined.answer):
            return False
        auth.refused = used
        return not (await self._tokens.get(refused=used)).is_same(used)

    def _judged(self, declined: ReadRefused) -> BspsaError:
        used = declined.token
        if used is None:
            return outcomes.judge_read(declined.answer)
        if used.looks_expired and may_be_the_token(declined.answer):
            return TokenRefused(f"The access token from {used.source} has expired.")
        return outcomes.judge_read(declined.answer, token_is_good=self.is_good(used))

    async def _once(
        self,
        path: str,
        take: Take[Value],
        auth: BearerAuth | None,
        headers: dict[str, str],
        answers: frozenset[int],
    ) -> Value:
        http = await self._connections.kept()
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS) as limit,
                http.stream(
                    "GET", path, headers=headers, auth=auth, extensions={"trace": hushed(auth)}
                ) as response,
            ):
                used = auth.used if auth else None
                if response.status_code in answers:
                    if used is not None:
                        self.answered_to(used)
                    return await take(response, limit)
                answer = await read_answer(response, MOST_OBJECT_BYTES, used)
        except httpx.HTTPError as error:
            broken = ReadFailed(error, self._connections.failure(error))
        except TimeoutError:
            # The time limit is used up, and a repetition would take as long.
            raise ServiceFailure("The service's answer did not end in time.") from None
        else:
            raise ReadRefused(answer, used)
        raise broken  # outside `except`: httpx's message, which may repeat the token, is no context


def may_be_the_token(answer: ServiceResponse) -> bool:
    """Return whether a bad token may be the cause of a response.

    The real service responds 500 with a web page to a bad token, the local one 401.

    Args:
        answer: the response.

    Returns:
        True if it may be.
    """
    if answer.status == 401:
        return "quota" not in words(answer).lower()
    return answer.status == 500 and answer.is_html
