"""Partial reads: an HTTP Range request, or a slice of the full response if Range is ignored."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import NamedTuple

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.responses import content_length, iter_chunks
from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.format import format_size
from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.errors import DownloadError, WholeOnly

# The whole file, if the service ignores Range; the part; no bytes at this position.
PART_STATUSES = frozenset({200, 206, 416})

_CONTENT_RANGE = re.compile(
    r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE
)


class FilePart(NamedTuple):
    """A part of a file, as the file was at that moment.

    Attributes:
        data: the bytes; empty if the file ends before `start`.
        start: position of the first of them, counted from 0.
        total: bytes of the whole file; None if unknown.
        is_ranged: whether only the part was transferred; False if the service had to send the
            file from its beginning.
    """

    data: bytes
    start: int
    total: int | None
    is_ranged: bool


class PartRequest(NamedTuple):
    """A requested part of a file.

    Attributes:
        file: file of the job.
        start: first byte, counted from 0; None for the last `max_bytes` bytes.
        max_bytes: largest number of bytes.
        max_whole: largest whole file that may be transferred for it, bytes.
    """

    file: JobFile
    start: int | None
    max_bytes: int
    max_whole: int

    @property
    def name(self) -> str:
        """Safe name of the file, for messages."""
        return safe_name(self.file.name)

    def header(self) -> str:
        """Return the value of the `Range` header.

        Returns:
            `bytes=…`.

        Raises:
            ValueError: if the part would be empty.
        """
        if self.max_bytes < 1 or (self.start or 0) < 0:
            raise ValueError("a part begins at 0 or later and has at least one byte")
        if self.start is None:
            return f"bytes=-{self.max_bytes}"
        return f"bytes={self.start}-{self.start + self.max_bytes - 1}"


async def read_part(response: httpx.Response, request: PartRequest) -> FilePart:
    """Return the requested part from a response whose status is one of `PART_STATUSES`.

    Args:
        response: the response.
        request: the requested part.

    Returns:
        The part.

    Raises:
        WholeOnly: if the service sends the whole file, and it is larger than allowed.
        DownloadError: if the part is too short, or the file has another size than listed.
        ServiceFailure: if it is not the requested part.
    """
    if response.status_code == 200:
        part = await _from_full_response(response, request)
    elif response.status_code == 206:
        part = await _from_range(response, request)
    else:
        part = _empty_part(response.headers, request)
    final_length = request.file.final_length
    if final_length is not None and part.total not in (final_length, None):
        raise DownloadError(
            f"{request.name} has {part.total} bytes, and not {final_length} as listed."
        )
    return part


def _empty_part(headers: Mapping[str, str], request: PartRequest) -> FilePart:
    _, _, total = _content_range(headers)
    start = (total or 0) if request.start is None else request.start
    if total is not None and start < total:
        raise outcomes.unreadable("the piece that was asked for")
    return FilePart(b"", start, total, is_ranged=True)


async def _from_range(response: httpx.Response, request: PartRequest) -> FilePart:
    first, last, total = _content_range(response.headers)
    is_requested = request.start is None or first == request.start
    if request.start is None and total is not None:
        is_requested = last == total - 1
    if (
        first is None
        or last is None
        or not is_requested
        or not 0 <= last - first < request.max_bytes
    ):
        raise outcomes.unreadable("the piece that was asked for")
    length, data = last - first + 1, bytearray()
    async with aclosing(iter_chunks(response, request.name, length)) as chunks:
        async for chunk in chunks:
            data += chunk
    if len(data) != length:
        raise DownloadError(f"{request.name} came with a piece that is not {length} bytes long.")
    return FilePart(bytes(data), first, total, is_ranged=True)


async def _from_full_response(response: httpx.Response, request: PartRequest) -> FilePart:
    total = content_length(response)
    if total is not None and total > request.max_whole:
        raise _too_large(total)
    async with aclosing(iter_chunks(response, request.name, total)) as chunks:
        data, start, received = await _cut(chunks, request, total)
    return FilePart(data, start, received if total is None else total, is_ranged=False)


async def _cut(
    chunks: AsyncIterator[bytes], request: PartRequest, total: int | None
) -> tuple[bytes, int, int]:
    """Return the requested bytes, their position, and the bytes received, in constant memory."""
    data, start, received = bytearray(), request.start, 0
    async for chunk in chunks:
        received += len(chunk)
        if total is None and received > request.max_whole:
            raise _too_large(None)
        if start is None:
            data += chunk
            if len(data) > 2 * request.max_bytes:  # not at each piece, to avoid copying
                del data[: -request.max_bytes]
            continue
        skipped = max(start - (received - len(chunk)), 0)
        data += chunk[skipped : skipped + request.max_bytes - len(data)]
        if total is not None and len(data) == request.max_bytes:
            break  # the rest is not needed
    if start is None:
        del data[: -request.max_bytes]
        return bytes(data), received - len(data), received
    return bytes(data), start, received


def _too_large(size: int | None) -> WholeOnly:
    shown = "it does not say how large it is" if size is None else format_size(size)
    return WholeOnly(f"The service can send this file only as a whole ({shown}).", size=size)


def _content_range(headers: Mapping[str, str]) -> tuple[int | None, int | None, int | None]:
    """Return first byte, last byte and total of `Content-Range`; None for each that is missing."""
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return None, None, None
    first, last, total = (int(text) if text and text != "*" else None for text in found.groups())
    return first, last, total
