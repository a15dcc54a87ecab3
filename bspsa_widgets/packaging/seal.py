"""Seal an archive: read it completely once, so that it can be recognised when it is sent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import fields

from bspsa_widgets.domain.archive import Archive, SealedArchive, stamp_of
from bspsa_widgets.errors import PackingError, Stopped

PIECE = 1 << 20  # bytes between two checks for a cancel


def seal(archive: Archive, stopped: Callable[[], bool] = lambda: False) -> SealedArchive:
    """Read an archive, and return it with its hash and stamp. Blocks: run it in a worker thread.

    This is not done while packing: both processors are busy then, and another hash would make
    packing a tenth slower. This read also shows that the whole archive can be read.

    Args:
        archive: the finished zip.
        stopped: checked at every MiB; True stops the reading.

    Returns:
        The sealed archive.

    Raises:
        Stopped: if `stopped` returned True.
        PackingError: if it cannot be read, or is not what was packed.
    """
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(PIECE))
    try:
        with archive.path.open("rb", buffering=0) as file:
            stamp = stamp_of(os.fstat(file.fileno()))
            while read := file.readinto(buffer):
                if stopped():
                    raise Stopped
                digest.update(buffer[:read])
            is_same = stamp_of(os.fstat(file.fileno())) == stamp
    except OSError as error:
        problem = f"The archive {archive.name} cannot be read: {error.strerror}."
        raise PackingError(problem) from None
    if not is_same or stamp.size != archive.size:
        raise PackingError(
            f"The archive {archive.name} has changed since it was packed.",
            advice="Nothing was sent. Submit again to pack the folder anew.",
        )
    values = {field.name: getattr(archive, field.name) for field in fields(Archive)}
    return SealedArchive(**values, sha256=digest.hexdigest(), stamp=stamp)
