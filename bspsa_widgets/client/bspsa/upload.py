"""The body of a submission: an archive that is known again, then streamed from one open file."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BufferedReader
from typing import BinaryIO

from bspsa_widgets.domain.archive import SealedArchive, stamp_of
from bspsa_widgets.errors import PackingError
from bspsa_widgets.threads import at_some_time

# Bytes. The times of files move in steps: of what was sealed within such a step since it was
# written, a change may leave no trace, so it is read again. This many take longer to read.
LONG_READ = 64 << 20
CHUNK = 768 * 1024  # bytes: measured best for throughput; the loop that sends is no kernel's

Progress = Callable[[int, int], None]


@asynccontextmanager
async def opened(archive: SealedArchive) -> AsyncIterator[BinaryIO]:
    """The archive's file, made sure to be what was sealed.

    A body that ends early is run by the service as if it were whole (api.md section
    4.5), so whoever sealed it has read it to its end before the connection is opened.

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
        at_some_time(file.close)  # a cancel that came here would take the answer away


async def chunks(file: BinaryIO, size: int, progress: Progress | None) -> AsyncIterator[bytes]:
    """The bytes in order; tells bytes sent and bytes in all after each piece.

    What has been added to the file since it was checked is not sent.
    """
    sent = 0
    while piece := await asyncio.to_thread(file.read, min(CHUNK, size - sent)):
        yield piece
        sent += len(piece)
        if progress:
            progress(sent, size)


def _close(opening: asyncio.Future[BufferedReader]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        at_some_time(opening.result().close)


def _open_checked(archive: SealedArchive) -> BufferedReader:
    try:
        file = archive.path.open("rb")
    except OSError as error:
        raise _unreadable(archive, error) from None
    try:
        is_same = _is_same(file, archive)
    except OSError as error:
        file.close()
        raise _unreadable(archive, error) from None
    if not is_same:
        file.close()
        raise PackingError(
            f"The archive {archive.name} has changed since it was packed.",
            advice="Nothing was sent. Submit again to pack the folder anew.",
        )
    return file


def _is_same(file: BufferedReader, archive: SealedArchive) -> bool:
    if stamp_of(os.fstat(file.fileno())) != archive.stamp:
        return False
    if archive.size >= LONG_READ:
        return True
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest == archive.sha256


def _unreadable(archive: SealedArchive, error: OSError) -> PackingError:
    return PackingError(f"The archive {archive.name} cannot be read: {error.strerror}.")
