"""Responses, read to their end: into answers, values, or the pieces of a file."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar

import httpx

from bspsa_widgets.client import failures
from bspsa_widgets.client.wire import Answer
from bspsa_widgets.errors import DownloadError, ServiceFailure

log = logging.getLogger(__name__)

MOST_ANSWER_BYTES = 32 << 20  # of JSON; a longer answer is given up

Value = TypeVar("Value")


async def read_answer(response: httpx.Response) -> Answer:
    """The whole body. Raises ServiceFailure where it is longer than any that is awaited."""
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise ServiceFailure("The service's answer is too long to be read.")
    kind = response.headers.get("content-type", "")
    return Answer(response.status_code, kind, bytes(body))


async def pieces_of(response: httpx.Response, name: str) -> AsyncGenerator[bytes, None]:
    """The bytes of file `name` as they come. Raises DownloadError where they break off."""
    try:
        async for piece in response.aiter_bytes():
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
        raise failures.unreadable(what) from None


def list_of(answer: object, parse: Callable[[object], Value], what: str) -> list[Value]:
    """Each entry parsed; one that cannot be read does not hide the others."""
    if not isinstance(answer, list):
        raise failures.unreadable(what)
    found = []
    for entry in answer:
        try:
            found.append(parse(entry))
        except ValueError:
            log.warning("an entry in %s could not be read", what)
    return found
