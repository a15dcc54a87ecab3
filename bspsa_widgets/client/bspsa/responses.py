"""Read response bodies with a size limit: as parsed values, or as the chunks of a file."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.errors import DownloadError, ServiceFailure
from bspsa_widgets.tokens import Token

log = logging.getLogger(__name__)

MAX_OBJECT_BYTES = 1 << 20  # one job, quota or error; a longer response is an error
MAX_LIST_BYTES = 32 << 20  # tens of thousands of jobs
MAX_RETRY_AFTER = 86_400.0  # seconds; longer waits are shortened to this

# Registered names of encodings; other names are not repeated in messages.
_ENCODINGS = frozenset(
    {"br", "compress", "deflate", "gzip", "lzma", "x-compress", "x-gzip", "xz", "zstd"}
)

Value = TypeVar("Value")


async def read_response(
    response: httpx.Response, max_bytes: int, token: Token | None
) -> ServiceResponse:
    """Read a response completely, and remove the token from it.

    Args:
        response: the response, headers received.
        max_bytes: largest allowed body, bytes.
        token: token that was sent, or None.

    Returns:
        The response.

    Raises:
        ServiceFailure: if the body is too long, or compressed without being requested.
    """
    refuse_compressed(response)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise ServiceFailure("The service's answer is too long to be read.")
    kind = response.headers.get("content-type", "").encode("utf-8", "replace")
    plain = bytes(body)
    if token is not None:
        kind, plain = token.scrub(kind), token.scrub(plain)
    wait = retry_after_seconds(response.headers)
    return ServiceResponse(response.status_code, kind.decode("utf-8", "replace"), plain, wait)


def refuse_compressed(response: httpx.Response) -> None:
    """Raise an error for a compressed body: a short one could expand to more than the memory.

    Args:
        response: the response, headers received.

    Raises:
        ServiceFailure: if it is compressed; the message names registered encodings only.
    """
    parts = [
        part.strip().lower() for part in response.headers.get("content-encoding", "").split(",")
    ]
    encodings = [part for part in parts if part not in ("", "identity")]
    if not encodings:
        return
    is_known = _ENCODINGS.issuperset(encodings)
    names = ", ".join(encodings[:5]) if is_known else "in an unknown way"
    raise ServiceFailure(
        f"The service's answer came packed ({names}), which was not asked for; it was not read.",
        status=response.status_code,
        advice="A proxy or web server on the way may do this. Ask who runs it to send answers "
        "unpacked.",
    )


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the wait that `Retry-After` asks for.

    A date counts from the response's own `Date`: the clock of this machine may be wrong.

    Args:
        headers: headers of the response.

    Returns:
        Seconds, from 0 to a day; None if the header is missing or unusable.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
        seconds = (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


async def iter_chunks(
    response: httpx.Response, name: str, length: int | None
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a file as they arrive, at most the announced number.

    Args:
        response: the response, headers received.
        name: name of the file, for messages.
        length: announced bytes; None if unknown.

    Yields:
        Chunks of the file.

    Raises:
        DownloadError: if the connection breaks, or more bytes arrive than announced.
        ServiceFailure: if the body is compressed.
    """
    refuse_compressed(response)
    received = 0
    try:
        async for chunk in response.aiter_raw():
            received += len(chunk)
            if length is not None and received > length:
                raise DownloadError(
                    f"{name} came with more than the {length} bytes that were promised; "
                    "it was thrown away.",
                    advice="Download it again.",
                )
            yield chunk
    except httpx.HTTPError:
        raise DownloadError(
            f"The connection broke while {name} came; what had come was thrown away.",
            advice="Download it again.",
        ) from None


def content_length(response: httpx.Response) -> int | None:
    """Return the length that Content-Length announces.

    Args:
        response: the response, headers received.

    Returns:
        Bytes; None if there is none.
    """
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def as_object(content: object) -> dict[str, Any]:
    """Return a JSON object unchanged.

    Args:
        content: decoded JSON.

    Returns:
        The object.

    Raises:
        ValueError: for anything else.
    """
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def parse_one(content: object, parse: Callable[[object], Value], what: str) -> Value:
    """Return one parsed value.

    Args:
        content: decoded JSON.
        parse: returns a value, or raises ValueError.
        what: the expected content, for the message.

    Returns:
        The value.

    Raises:
        ServiceFailure: if it cannot be read.
    """
    try:
        return parse(content)
    except ValueError:
        raise outcomes.unreadable(what) from None


def parse_list(content: object, parse: Callable[[object], Value], what: str) -> list[Value]:
    """Return the parsed entries of a list, without those that cannot be read.

    Args:
        content: decoded JSON.
        parse: returns a value, or raises ValueError.
        what: the expected content, for messages.

    Returns:
        The values.

    Raises:
        ServiceFailure: if it is not a list.
    """
    if not isinstance(content, list):
        raise outcomes.unreadable(what)
    found = []
    for entry in content:
        with suppress(ValueError):
            found.append(parse(entry))
    if unread := len(content) - len(found):
        log.warning("%s of %s entries in %s could not be read", unread, len(content), what)
    return found
