"""Responses, read to their end: into answers, values, or the pieces of a file."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.wire import Answer
from bspsa_widgets.errors import DownloadError, ServiceFailure
from bspsa_widgets.tokens import Token

log = logging.getLogger(__name__)

MOST_OBJECT_BYTES = 1 << 20  # of a single job, quota or error; a longer answer is given up
MOST_LIST_BYTES = 32 << 20  # tens of thousands of jobs
LONGEST_ASKED = 86_400.0  # seconds: a service that asks for more is not taken at its word

# Registered names of encodings; what else stands there is not repeated.
_ENCODINGS = frozenset(
    {"br", "compress", "deflate", "gzip", "lzma", "x-compress", "x-gzip", "xz", "zstd"}
)

Value = TypeVar("Value")


async def read_answer(response: httpx.Response, most: int, token: Token | None) -> Answer:
    """The whole body, without `token` (as sent) in it.

    Raises:
        ServiceFailure: it is longer than `most` bytes, or packed though nobody asked for it.
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
    return Answer(response.status_code, kind.decode("utf-8", "replace"), plain, wait)


def refuse_packed(response: httpx.Response) -> None:
    """Refuse a body in an encoding: a short one could unpack into more than there is memory.

    Raises:
        ServiceFailure: with the encodings' names; only known ones, as others could be anything.
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
    """Seconds of `Retry-After`, from 0 to a day; None where it says nothing usable.

    A date counts from the response's own `Date`: the clock here may be a day off.
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
    """The bytes of file `name` as they come, at most as many as were `said` to come.

    Raises:
        DownloadError: they break off, or there are more.
        ServiceFailure: they are packed.
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
    """Bytes promised by Content-Length; None where it promises nothing."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def as_object(answer: object) -> dict[str, Any]:
    """A JSON object as it is. Raises ValueError for anything else."""
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return answer


def one_of(answer: object, parse: Callable[[object], Value], what: str) -> Value:
    """One value. Raises ServiceFailure where it cannot be read."""
    try:
        return parse(answer)
    except ValueError:
        raise outcomes.unreadable(what) from None


def list_of(answer: object, parse: Callable[[object], Value], what: str) -> list[Value]:
    """Each entry parsed; one that cannot be read does not hide the others."""
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
