"""The body of a submission: an archive that is checked, then streamed from one open file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import BinaryIO

from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.errors import PackingError

CHUNK = 512 * 1024  # bytes: measured best for throughput; the loop that sends is no kernel's

Progress = Callable[[int, int], None]


@asynccontextmanager
async def opened(archive: SealedArchive) -> AsyncIterator[BinaryIO]:
    """The archive's file, made sure to be what was sealed.

    A body that ends early is run by the service as if it were whole (api.md section
    4.5), so all reading that can fail is done here, before the connection is opened.

    Raises:
        PackingError: it cannot be read, or has changed since.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(_open_checked, archive))
    try:
        file = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)  # the thread goes on, and nobody takes what it opens
        raise
    try:
        yield file
    finally:
        file.close()


async def chunks(file: BinaryIO, size: int, progress: Progress | None) -> AsyncIterator[bytes]:
    """The bytes in order; tells bytes sent and bytes in all after each piece.

    What has been added to the file since it was checked is not sent.
    """
    sent = 0
    while piece := file.read(min(CHUNK, size - sent)):
        yield piece
        sent += len(piece)
        if progress:
            progress(sent, size)


def _close(opening: asyncio.Future[BinaryIO]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _open_checked(archive: SealedArchive) -> BinaryIO:
    try:
        file = archive.path.open("rb")
    except OSError as error:
        problem = f"The archive {archive.name} cannot be read: {error.strerror}."
        raise PackingError(problem) from None
    try:
        digest = hashlib.sha256()
        size = 0
        while piece := file.read(1 << 20):
            digest.update(piece)
            size += len(piece)
        file.seek(0)
    except OSError as error:
        file.close()
        problem = f"The archive {archive.name} cannot be read: {error.strerror}."
        raise PackingError(problem) from None
    if size != archive.size or digest.hexdigest() != archive.sha256:
        file.close()
        raise PackingError(
            f"The archive {archive.name} has changed since it was packed.",
            advice="Nothing was sent. Submit again to pack the folder anew.",
        )
    return file
