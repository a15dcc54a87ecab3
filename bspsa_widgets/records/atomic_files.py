"""Small files in a folder that several processes share: whole or not at all.

It has to do on network file systems, where databases break: a file is written beside its
place, flushed to the disk, and moved there.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LEFT_SECONDS = 86_400.0  # after which a file that nothing came of is nobody's any more

_PART = ".part-"
# What a disk says that is broken or full. The others say that it cannot flush folders.
_NOT_WRITTEN = frozenset({errno.EIO, errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def opened(place: Path) -> int:
    """Open a plain file to read; whatever else lies there by that name is not waited for.

    Raises:
        ValueError: it is no plain file. OSError: it cannot be opened.
    """
    try:
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise
    except OSError:
        if not place.is_file():
            raise ValueError("not a file") from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("not a file")
    return handle


def read_whole(place: Path, most: int) -> bytes:
    """Return what is in a plain file of at most so many bytes.

    Raises:
        ValueError: it is no plain file, or a longer one. OSError: it cannot be read.
    """
    with os.fdopen(opened(place), "rb") as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise ValueError("too long")
    return text


def write_whole(place: Path, text: str) -> None:
    """Write a file so that it is there even if the machine stops right after.

    Raises:
        OSError: the disk does not take it; what was there before still is.
    """
    handle, name = tempfile.mkstemp(prefix=_PART, dir=place.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    flush_folder(place.parent)


def flush_folder(folder: Path) -> None:
    """The new name, too, has to outlive a power cut. Not every file system can do that."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno in _NOT_WRITTEN:
            raise


def remove_left(folder: Path, names: list[str], is_left: Callable[[str], bool]) -> None:
    """Remove what killed programs were writing, and further names that are left, after a day."""
    for name in names:
        if name.startswith(_PART) or is_left(name):
            left = folder / name
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                    left.unlink()
