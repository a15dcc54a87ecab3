"""Asking again where a failure may pass. For GET only: nothing else may happen twice.

Few times and soon, because a person looks at the panel; how long to wait is `stamina`'s
to say (exponential, with jitter and a cap), but where the service itself names a time.
"""

from __future__ import annotations

import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from bspsa_widgets.client.bspsa.wire import Answer
from bspsa_widgets.errors import BspsaError, UnsafeEndpoint
from bspsa_widgets.tokens import Token

ATTEMPTS = 4
FIRST_WAIT, JITTER, LONGEST_WAIT = 0.5, 0.5, 4.0  # seconds between two attempts
QUICK_WAIT = 0.2  # after a refused connection: that costs nobody anything
LONGEST_ASKED = 30.0  # seconds that a service may ask for, all its wishes together

# The service does not give these itself (api.md section 1: "no rate limit"): the web server
# before it does. 500 is not among them: it is how the service answers a bad token.
PASSING = frozenset({429, 502, 503, 504})

# stamina tells every repetition as a warning. Without a handler Python would print it into
# the notebook; whoever sets up logging still gets it.
logging.getLogger("stamina").addHandler(logging.NullHandler())

Value = TypeVar("Value")


class Declined(Exception):
    """A read was answered, but not by a 200.

    Attributes:
        answer: to the end. token: that was sent with the request, if one was.
    """

    def __init__(self, answer: Answer, token: Token | None) -> None:
        super().__init__()  # without words: whoever logs it shows nothing of the answer
        self.answer = answer
        self.token = token


class Broken(Exception):
    """A read was not answered.

    Attributes:
        failure: for the user. again: whether to ask again, or after how many seconds.
    """

    def __init__(self, error: httpx.HTTPError, failure: BspsaError) -> None:
        super().__init__()
        self.failure = failure
        self.again = not isinstance(failure, UnsafeEndpoint) and _may_pass(error)


async def repeated(ask: Callable[[], Awaitable[Value]]) -> Value:
    """What `ask()` gives, asked again where it raises what may pass.

    Raises:
        Declined, Broken: of the last attempt, or the first that will not pass.
    """
    import stamina  # on first use: it would cost each kernel 10 ms

    async for attempt in stamina.retry_context(
        on=_Patience(),
        attempts=ATTEMPTS,
        timeout=None,  # each attempt has its own, and there are few
        wait_initial=FIRST_WAIT,
        wait_jitter=JITTER,
        wait_max=LONGEST_WAIT,
    ):
        with attempt:
            return await ask()
    raise AssertionError("stamina ends with a value or an error")


class _Patience:
    """Of one read: says whether to go on, and how much the service may still ask for."""

    def __init__(self) -> None:
        self._left = LONGEST_ASKED

    def __call__(self, error: Exception) -> bool | float:
        if isinstance(error, Broken):
            return error.again
        if isinstance(error, Declined) and error.answer.status in PASSING:
            return self._after(error.answer.retry_after)
        return False

    def _after(self, asked: float | None) -> bool | float:
        if not asked:  # "Retry-After: 0" is no leave to hammer
            return True
        if asked > self._left:
            return False
        self._left -= asked
        return asked + random.uniform(0, JITTER)  # noqa: S311  many were told the same second


def _may_pass(error: httpx.HTTPError) -> bool | float:
    if isinstance(error, httpx.ReadTimeout):
        return False  # it has had 90 s already; four times that is no answer for a person
    if isinstance(error, httpx.ConnectError):
        return False if is_tls(error) else QUICK_WAIT * random.uniform(1, 2)  # noqa: S311
    return isinstance(
        error, httpx.TimeoutException | httpx.NetworkError | httpx.RemoteProtocolError
    )


def is_tls(error: BaseException) -> bool:
    """A handshake failed: who answers there is not who should, and will not be later."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
