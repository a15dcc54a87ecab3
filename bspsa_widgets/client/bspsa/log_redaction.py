"""Redact the token in logs, errors and records if a service repeats it.

`responses.read_response` redacts bodies and their type. httpcore writes headers into its DEBUG
log, and httpx writes the status line into its INFO log. A filter on their loggers would change
the whole process; so this uses httpcore's `trace` function, which is called for each event
of one request before it is logged, and may change the event.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bspsa_widgets.client.bspsa.auth import BearerAuth
from bspsa_widgets.errors import ServiceFailure
from bspsa_widgets.tokens import Token

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]


def redacting_trace(auth: BearerAuth | None, then: Trace | None = None) -> Trace:
    """Return a `trace` function that redacts the token in the events that httpcore logs.

    Args:
        auth: has the token of the request; None for a request without one.
        then: another trace function, called first.

    Returns:
        The trace function.
    """

    async def trace(event: str, info: dict[str, Any]) -> None:
        if then is not None:
            await then(event, info)
        if auth is not None and auth.used is not None:
            _redact(event, info, auth.used)

    return trace


def _redact(event: str, info: dict[str, Any], token: Token) -> None:
    if "exception" in info:  # h11 quotes the line that it could not parse
        shown = repr(info["exception"]).encode("utf-8", "replace")
        if token.scrub(shown) != shown:
            info["exception"] = type(info["exception"]).__name__
    elif event == "http11.receive_response_headers.complete":
        version, status, reason, headers = info["return_value"]
        if token.scrub(reason) != reason:
            # httpx would log the reason, and it cannot be replaced.
            raise ServiceFailure("The service's answer is not one that can be read.")
        cleaned = [(token.scrub(name), token.scrub(value)) for name, value in headers]
        info["return_value"] = (version, status, reason, cleaned)
