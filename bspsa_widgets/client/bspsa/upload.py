"""The body of a submission: a checked archive, streamed from one open file."""

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

# Bytes. File times have a limited resolution: a change right after sealing may not show in
# them, so the file is read again. A file of this size takes longer to read than one time step.
LONG_READ = 64 << 20
CHUNK = 768 * 1024  # bytes: best measured throughput; the loop that sends is not the kernel's

Progress = Callable[[int, int], None]


@asynccontextmanager
async def opened(archive: SealedArchive) -> AsyncIterator[BinaryIO]:
    """Open an archive, and check that it is the one that was sealed.

    The service runs a body that ends early as if it were complete (api.md section 4.5). So
    the archive was read completely when it was sealed, before the connection is opened.

    Args:
        archive: the sealed archive.

    Yields:
        The open file.

    Raises:
        PackingError: if it cannot be read, or has changed since.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(_open_checked, archive))
    try:
        file = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)  # the thread continues: close the file that it opens
        raise
    try:
        yield file
    finally:
        at_some_time(file.close)  # waiting here would let a cancel lose the response


async def chunks(file: BinaryIO, size: int, progress: Progress | None) -> AsyncIterator[bytes]:
    """Yield the archive's bytes in order; bytes added to the file after the check are not sent.

    Args:
        file: the open archive.
        size: its bytes.
        progress: called after each chunk with bytes sent and bytes in all, or None.

    Yields:
        Pieces of the archive.
    """
    sent = 0
    while chunk := await asyncio.to_thread(file.read, min(CHUNK, size - sent)):
        yield chunk
        sent += len(chunk)
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
