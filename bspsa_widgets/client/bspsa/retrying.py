"""Retry a request after a temporary failure. For GET only: no other request may be sent twice.

A few attempts within seconds, because a person is waiting. `stamina` decides how long to wait
(exponential, with jitter and a cap), unless the service itself names a time.
"""

from __future__ import annotations

import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.errors import BspsaError, UnsafeEndpoint
from bspsa_widgets.tokens import Token

ATTEMPTS = 4
FIRST_DELAY, JITTER, MAX_DELAY = 0.5, 0.5, 4.0  # seconds between two attempts
REFUSED_DELAY = 0.2  # after a refused connection, which is cheap to repeat
MAX_RETRY_AFTER = 30.0  # seconds that a service may ask for, in all

# These come from the web server in front of the service (api.md section 1: "no rate limit").
# 500 is not among them: the service responds 500 to a bad token.
TEMPORARY_STATUSES = frozenset({429, 502, 503, 504})

# stamina logs every repetition as a warning. Without a handler Python would print it into
# the notebook; a configured log still gets it.
logging.getLogger("stamina").addHandler(logging.NullHandler())

Value = TypeVar("Value")


class ReadRefused(Exception):
    """A read got a response other than success.

    Args:
        response: the response.
        token: token that was sent with the request, or None.

    Attributes:
        response: the response.
        token: token that was sent with the request, or None.
    """

    def __init__(self, response: ServiceResponse, token: Token | None) -> None:
        super().__init__()  # no message: nothing of the response gets into a log
        self.response = response
        self.token = token


class ReadFailed(Exception):
    """A read got no response.

    Args:
        error: raised by httpx.
        failure: the error for the user.

    Attributes:
        failure: the error for the user.
        retry: whether to repeat the request, or after how many seconds.
    """

    def __init__(self, error: httpx.HTTPError, failure: BspsaError) -> None:
        super().__init__()
        self.failure = failure
        self.retry = not isinstance(failure, UnsafeEndpoint) and _delay_after(error)


async def with_retries(send: Callable[[], Awaitable[Value]]) -> Value:
    """Send a request, and retry it after temporary failures.

    Args:
        send: sends the request once.

    Returns:
        What `send` returns.

    Raises:
        ReadRefused: of the last attempt, or the first permanent one.
        ReadFailed: of the last attempt, or the first permanent one.
    """
    import stamina  # imported on first use: it would cost each kernel 10 ms

    async for attempt in stamina.retry_context(
        on=_RetryBudget(),
        attempts=ATTEMPTS,
        timeout=None,  # each attempt has its own limit
        wait_initial=FIRST_DELAY,
        wait_jitter=JITTER,
        wait_max=MAX_DELAY,
    ):
        with attempt:
            return await send()
    raise AssertionError("stamina ends with a value or an error")


class _RetryBudget:
    """Decides for one read whether to repeat it, and limits the waits that the service asks for."""

    def __init__(self) -> None:
        self._remaining = MAX_RETRY_AFTER

    def __call__(self, error: Exception) -> bool | float:
        if isinstance(error, ReadFailed):
            return error.retry
        if isinstance(error, ReadRefused) and error.response.status in TEMPORARY_STATUSES:
            return self._retry_delay(error.response.retry_after)
        return False

    def _retry_delay(self, seconds: float | None) -> bool | float:
        if not seconds:  # "Retry-After: 0" does not allow requests without a pause
            return True
        if seconds > self._remaining:
            return False
        self._remaining -= seconds
        return seconds + random.uniform(0, JITTER)  # noqa: S311  many clients were given the same second


def _delay_after(error: httpx.HTTPError) -> bool | float:
    if isinstance(error, httpx.ReadTimeout):
        return False  # 90 s have passed already; four times that is too long
    if isinstance(error, httpx.ConnectError):
        return False if is_tls_error(error) else REFUSED_DELAY * random.uniform(1, 2)  # noqa: S311
    return isinstance(
        error, httpx.TimeoutException | httpx.NetworkError | httpx.RemoteProtocolError
    )


def is_tls_error(error: BaseException) -> bool:
    """Return whether a TLS handshake failed: a repetition would not help.

    Args:
        error: raised by httpx.

    Returns:
        True if an SSL error is among its causes.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
