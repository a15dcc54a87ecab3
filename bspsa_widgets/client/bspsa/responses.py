"""Read responses completely: into values, or as the pieces of a file."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.wire import ServiceResponse
from bspsa_widgets.errors import DownloadError, ServiceFailure
from bspsa_widgets.tokens import Token

log = logging.getLogger(__name__)

MOST_OBJECT_BYTES = 1 << 20  # of a single job, quota or error; a longer response is refused
MOST_LIST_BYTES = 32 << 20  # tens of thousands of jobs
LONGEST_ASKED = 86_400.0  # seconds: longer waits are cut to this

# Registered names of encodings; other names are not repeated in messages.
_ENCODINGS = frozenset(
    {"br", "compress", "deflate", "gzip", "lzma", "x-compress", "x-gzip", "xz", "zstd"}
)

Value = TypeVar("Value")


async def read_answer(response: httpx.Response, most: int, token: Token | None) -> ServiceResponse:
    """Return a whole response, with the token removed from it.

    Args:
        response: the response, headers received.
        most: largest allowed body, bytes.
        token: token that was sent, or None.

    Returns:
        The response.

    Raises:
        ServiceFailure: if the body is too long, or compressed without being requested.
    """
    refuse_packed(response)
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > most:
            raise ServiceFailure("The service's answer is too long to be read.")
    kind = response.headers.get("content-type", "").encode("utf-8", "replace")
    plain = bytes(body)
    if token is not None:
        kind, plain = token.scrub(kind), token.scrub(plain)
    wait = asked_wait(response.headers)
    return ServiceResponse(response.status_code, kind.decode("utf-8", "replace"), plain, wait)


def refuse_packed(response: httpx.Response) -> None:
    """Refuse a compressed body: a short one could expand to more than the memory.

    Args:
        response: the response, headers received.

    Raises:
        ServiceFailure: with the names of known encodings; unknown names are not repeated.
    """
    given = [
        part.strip().lower() for part in response.headers.get("content-encoding", "").split(",")
    ]
    encodings = [part for part in given if part not in ("", "identity")]
    if not encodings:
        return
    is_known = _ENCODINGS.issuperset(encodings)
    named = ", ".join(encodings[:5]) if is_known else "in an unknown way"
    raise ServiceFailure(
        f"The service's answer came packed ({named}), which was not asked for; it was not read.",
        status=response.status_code,
        advice="A proxy or web server on the way may do this. Ask who runs it to send answers "
        "unpacked.",
    )


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the wait that `Retry-After` asks for.

    A date counts from the response's own `Date`: the clock of this machine may be wrong.

    Args:
        headers: headers of the response.

    Returns:
        Seconds, from 0 to a day; None if the header is missing or unusable.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_ASKED)
    try:
        until = parsedate_to_datetime(text)
        seconds = (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), LONGEST_ASKED)


async def pieces_of(
    response: httpx.Response, name: str, said: int | None
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a file as they come, at most the announced number.

    Args:
        response: the response, headers received.
        name: name of the file, for messages.
        said: announced bytes; None if unknown.

    Yields:
        Pieces of the file.

    Raises:
        DownloadError: if the connection breaks, or there are more bytes.
        ServiceFailure: if the body is compressed.
    """
    refuse_packed(response)
    came = 0
    try:
        async for piece in response.aiter_raw():
            came += len(piece)
            if said is not None and came > said:
                raise DownloadError(
                    f"{name} came with more than the {said} bytes that were promised; "
                    "it was thrown away.",
                    advice="Download it again.",
                )
            yield piece
    except httpx.HTTPError:
        raise DownloadError(
            f"The connection broke while {name} came; what had come was thrown away.",
            advice="Download it again.",
        ) from None


def length_of(response: httpx.Response) -> int | None:
    """Return the length that Content-Length announces.

    Args:
        response: the response, headers received.

    Returns:
        Bytes; None if there is none.
    """
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def as_object(answer: object) -> dict[str, Any]:
    """Return a JSON object unchanged.

    Args:
        answer: decoded JSON.

    Returns:
        The object.

    Raises:
        ValueError: for anything else.
    """
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return answer


def one_of(answer: object, parse: Callable[[object], Value], what: str) -> Value:
    """Return one parsed value.

    Args:
        answer: decoded JSON.
        parse: returns a value, or raises ValueError.
        what: the expected content, for the message.

    Returns:
        The value.

    Raises:
        ServiceFailure: if it cannot be read.
    """
    try:
        return parse(answer)
    except ValueError:
        raise outcomes.unreadable(what) from None


def list_of(answer: object, parse: Callable[[object], Value], what: str) -> list[Value]:
    """Return the parsed entries of a list; entries that cannot be read are left out.

    Args:
        answer: decoded JSON.
        parse: returns a value, or raises ValueError.
        what: the expected content, for messages.

    Returns:
        The values.

    Raises:
        ServiceFailure: if it is not a list.
    """
    if not isinstance(answer, list):
        raise outcomes.unreadable(what)
    found = []
    for entry in answer:
        try:
            found.append(parse(entry))
        except ValueError:
            continue
    if len(found) < len(answer):
        log.warning(
            "%s of %s entries in %s could not be read", len(answer) - len(found), len(answer), what
        )
    return found
