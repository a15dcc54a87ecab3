"""Read and write small files in a folder that several processes share: completely or not at all.

This also works on network file systems, where databases fail: a file is written beside its
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

LEFT_SECONDS = 86_400.0  # age after which an unfinished file is removed

_PART = ".part-"
# Errors of a broken or full disk. Other errors mean that it cannot flush folders.
_NOT_WRITTEN = frozenset({errno.EIO, errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def opened(path: Path) -> int:
    """Open a regular file for reading; a pipe or device of that name does not block.

    Args:
        path: path of the file.

    Returns:
        Its descriptor.

    Raises:
        ValueError: if it is not a regular file.
        OSError: if it cannot be opened.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise
    except OSError:
        if not path.is_file():
            raise ValueError("not a file") from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("not a file")
    return handle


def read_whole(path: Path, most: int) -> bytes:
    """Return the content of a regular file.

    Args:
        path: path of the file.
        most: largest allowed size, bytes.

    Returns:
        The bytes.

    Raises:
        ValueError: if it is not a regular file, or a longer one.
        OSError: if it cannot be read.
    """
    with os.fdopen(opened(path), "rb") as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise ValueError("too long")
    return text


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it exists even if the machine stops right after.

    Args:
        path: path of the file.
        text: its content.

    Raises:
        OSError: if the disk refuses it; the previous file is unchanged.
    """
    handle, name = tempfile.mkstemp(prefix=_PART, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Flush a folder, so that a new name survives a power cut, where the file system can do that.

    Args:
        folder: path of the folder.

    Raises:
        OSError: if the disk is full or broken.
    """
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
    """Remove files that killed programs left behind, after a day.

    Args:
        folder: path of the folder.
        names: names of its entries.
        is_left: returns whether a further name may be removed.
    """
    for name in names:
        if name.startswith(_PART) or is_left(name):
            left = folder / name
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                    left.unlink()
