"""The seal: an archive is read to its end once, and known again by it when it is sent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import fields

from bspsa_widgets.domain.archive import Archive, SealedArchive, stamp_of
from bspsa_widgets.errors import PackingError, Stopped

PIECE = 1 << 20  # bytes: how soon a cancel is noticed


def seal(archive: Archive, stopped: Callable[[], bool] = lambda: False) -> SealedArchive:
    """Read it. Blocks: run it in a worker thread.

    Not while it is packed: both processors are busy then, and another hash would make that a
    tenth longer; here the one reading also shows that all of it can be read.

    Args:
        stopped: asked at every MiB; True ends it.

    Raises:
        Stopped: `stopped` said so.
        PackingError: it cannot be read, or is not what was packed.
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
    known = {field.name: getattr(archive, field.name) for field in fields(Archive)}
    return SealedArchive(**known, sha256=digest.hexdigest(), stamp=stamp)
