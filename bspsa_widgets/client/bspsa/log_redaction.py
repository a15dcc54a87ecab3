"""A service that repeats the token must not bring it into a log, an error or a record.

Bodies and their type are cleaned where they are read (`reading.read_answer`), before anything
looks at them. Headers reach no value of ours, but httpcore writes them into its DEBUG log,
and httpx the status line into its INFO log. A filter on their loggers would be a change to
the whole process, of loggers that are not ours; so this goes by httpcore's `trace`, which
is told of each event of one request before it is logged, and may change what is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.tokens import Token

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]


def hushed(auth: BearerAuth | None, then: Trace | None = None) -> Trace:
    """A `trace` that takes the token out of what httpcore is about to log.

    Args:
        auth: knows the token. then: told of the event first.
    """

    async def trace(event: str, info: dict[str, Any]) -> None:
        if then is not None:
            await then(event, info)
        if auth is not None and auth.used is not None:
            _clean(event, info, auth.used)

    return trace


def _clean(event: str, info: dict[str, Any], token: Token) -> None:
    if "exception" in info:  # h11 quotes the line that it could not read
        shown = repr(info["exception"]).encode("utf-8", "replace")
        if token.scrub(shown) != shown:
            info["exception"] = type(info["exception"]).__name__
    elif event == "http11.receive_response_headers.complete":
        version, status, reason, headers = info["return_value"]
        if token.scrub(reason) != reason:
            # httpx would log it, and nothing can be put in its place.
            raise ServiceFailure("The service's answer is not one that can be read.")
        cleaned = [(token.scrub(name), token.scrub(value)) for name, value in headers]
        info["return_value"] = (version, status, reason, cleaned)
