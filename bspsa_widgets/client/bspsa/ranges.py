"""Partial reads: an HTTP Range request, or a slice of the full response if Range is ignored."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import NamedTuple

import httpx

from bspsa_widgets.client.bspsa import outcomes
from bspsa_widgets.client.bspsa.responses import length_of, pieces_of
from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.jobs import JobFile
from bspsa_widgets.errors import DownloadError, WholeOnly

# The part; the whole file, if the service ignores Range; nothing at this position.
ANSWERS = frozenset({200, 206, 416})

_PLACE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", re.ASCII | re.IGNORECASE)


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
        start: first byte, counted from 0; None for the last `most` bytes.
        most: largest number of bytes.
        most_whole: largest whole file that may be transferred for it, bytes.
    """

    file: JobFile
    start: int | None
    most: int
    most_whole: int

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
        if self.most < 1 or (self.start or 0) < 0:
            raise ValueError("a part begins at 0 or later and has at least one byte")
        if self.start is None:
            return f"bytes=-{self.most}"
        return f"bytes={self.start}-{self.start + self.most - 1}"


async def take_part(response: httpx.Response, wanted: PartRequest) -> FilePart:
    """Return the requested part from a response whose status is one of `ANSWERS`.

    Args:
        response: the response.
        wanted: the requested part.

    Returns:
        The part.

    Raises:
        WholeOnly: if the service sends the whole file, and it is larger than allowed.
        DownloadError: if the part is too short, or the file has another size than listed.
        ServiceFailure: if it is not the requested part.
    """
    if response.status_code == 200:
        part = await _from_whole(response, wanted)
    elif response.status_code == 206:
        part = await _from_range(response, wanted)
    else:
        part = _nothing(response.headers, wanted)
    settled = wanted.file.settled_length
    if settled is not None and part.total not in (settled, None):
        raise DownloadError(f"{wanted.name} has {part.total} bytes, and not {settled} as listed.")
    return part


def _nothing(headers: Mapping[str, str], wanted: PartRequest) -> FilePart:
    _, _, total = _place(headers)
    start = (total or 0) if wanted.start is None else wanted.start
    if total is not None and start < total:
        raise outcomes.unreadable("the piece that was asked for")
    return FilePart(b"", start, total, is_ranged=True)


async def _from_range(response: httpx.Response, wanted: PartRequest) -> FilePart:
    first, last, total = _place(response.headers)
    is_asked = wanted.start is None or first == wanted.start
    if wanted.start is None and total is not None:
        is_asked = last == total - 1
    if first is None or last is None or not is_asked or not 0 <= last - first < wanted.most:
        raise outcomes.unreadable("the piece that was asked for")
    length, data = last - first + 1, bytearray()
    async with aclosing(pieces_of(response, wanted.name, length)) as pieces:
        async for piece in pieces:
            data += piece
    if len(data) != length:
        raise DownloadError(f"{wanted.name} came with a piece that is not {length} bytes long.")
    return FilePart(bytes(data), first, total, is_ranged=True)


async def _from_whole(response: httpx.Response, wanted: PartRequest) -> FilePart:
    total = length_of(response)
    if total is not None and total > wanted.most_whole:
        raise _whole_only(total)
    async with aclosing(pieces_of(response, wanted.name, total)) as pieces:
        data, start, came = await _cut(pieces, wanted, total)
    return FilePart(data, start, came if total is None else total, is_ranged=False)


async def _cut(
    pieces: AsyncIterator[bytes], wanted: PartRequest, total: int | None
) -> tuple[bytes, int, int]:
    """Return the requested bytes, their position, and the bytes received, in constant memory."""
    kept, start, came = bytearray(), wanted.start, 0
    async for piece in pieces:
        came += len(piece)
        if total is None and came > wanted.most_whole:
            raise _whole_only(None)
        if start is None:
            kept += piece
            if len(kept) > 2 * wanted.most:  # not at each piece, to avoid copying
                del kept[: -wanted.most]
            continue
        skipped = max(start - (came - len(piece)), 0)
        kept += piece[skipped : skipped + wanted.most - len(kept)]
        if total is not None and len(kept) == wanted.most:
            break  # the rest is not needed
    if start is None:
        del kept[: -wanted.most]
        return bytes(kept), came - len(kept), came
    return bytes(kept), start, came


def _whole_only(size: int | None) -> WholeOnly:
    shown = "it does not say how large it is" if size is None else f"{size / 1e6:,.1f} MB"
    return WholeOnly(f"The service can send this file only as a whole ({shown}).", size=size)


def _place(headers: Mapping[str, str]) -> tuple[int | None, int | None, int | None]:
    """Return first byte, last byte and total of `Content-Range`; None for each that is missing."""
    found = _PLACE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return None, None, None
    first, last, total = (int(text) if text and text != "*" else None for text in found.groups())
    return first, last, total
