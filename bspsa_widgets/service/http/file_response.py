"""The response to a download: a whole file, or one range of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bspsa_widgets.service.http.responses import Refusal
from bspsa_widgets.service.storage.files import OpenedFile

_CHUNK = 2**18
_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


def file_response(request: Request, opened: OpenedFile, name: str) -> Response:
    """Return the response to a download, and close the file after it was sent.

    The response has the file's bytes up to its present size: the job may still write to it.
    The real service ignores ranges and sends everything. Here a range is allowed, so that a
    client that follows a log fetches only its end.

    Args:
        request: GET or HEAD request.
        opened: the file.
        name: the file's name for the Content-Disposition header.

    Returns:
        The response.

    Raises:
        Refusal: 416, if the range begins after the end of the file.
    """
    headers = _headers(opened.size, name)
    if request.method == "HEAD":
        opened.file.close()
        return Response(headers=headers)
    part = _range(request, opened.size)
    if part is None:
        return StreamingResponse(_chunks(opened.file, opened.size), headers=headers)
    if not part:
        opened.file.close()
        raise Refusal(416, "", headers={"Content-Range": f"bytes */{opened.size}"})
    opened.file.seek(part.start)
    headers["Content-Length"] = str(len(part))
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{opened.size}"
    return StreamingResponse(_chunks(opened.file, len(part)), 206, headers)


def _headers(size: int, name: str) -> dict[str, str]:
    disposition = f'inline; filename="{name}"'
    if not re.fullmatch(r"[ -~]+", name) or '"' in name or "\\" in name:
        disposition = f"inline; filename*=utf-8''{quote(name, safe='')}"
    return {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(size),
        "Content-Disposition": disposition,
    }


def _range(request: Request, size: int) -> range | None:
    """Return the requested range of bytes, empty if it begins after the end; None: the whole file.

    RFC 9110, section 14: a range that is not understood, or several ranges, may be answered
    with the whole file. A request with If-Range must be, as files have no version here.
    """
    requested = request.headers.getlist("range")
    found = _RANGE.fullmatch(requested[0]) if len(requested) == 1 else None
    if found is None or "if-range" in request.headers:
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


async def _chunks(file: BinaryIO, size: int) -> AsyncIterator[bytes]:
    """Yield the next `size` bytes; the file may have grown since its size was read."""
    with file:
        while size > 0:
            chunk = await asyncio.to_thread(file.read, min(_CHUNK, size))
            if not chunk:
                return
            size -= len(chunk)
            yield chunk
