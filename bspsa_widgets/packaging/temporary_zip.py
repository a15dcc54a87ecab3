"""Zips in the temporary folder: locked while their process lives, and swept once it is gone.

A kernel that is killed leaves its zip behind, and nobody else would ever remove it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from io import FileIO
from pathlib import Path

# A name of its own: other zips of ours (beside a target that is being written, or of a release
# that locked none) are not to be swept.
_PREFIX, _SUFFIX = ".bspsa-locked-", ".zip"
_OPENING = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

# By the path: what holds the lock, also where a file is written or read meanwhile.
_held: dict[Path, int] = {}


def new_zip() -> tuple[Path, FileIO]:
    """A file for this user only, open for writing; to be removed with `remove_zip`."""
    sweep()
    while True:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX)
        path = Path(name)
        if os.name != "posix":  # what is open cannot be removed there
            return path, FileIO(handle, "w+")
        lock = os.dup(handle)
        _lock(lock)
        if os.fstat(lock).st_nlink:
            _held[path] = lock
            return path, FileIO(handle, "w+")
        os.close(handle)  # another process swept it before it was locked
        os.close(lock)


def remove_zip(path: Path) -> None:
    """Remove one, if it is still there; any other file as well."""
    lock = _held.pop(path, None)
    try:
        path.unlink(missing_ok=True)
    finally:
        if lock is not None:
            os.close(lock)


def sweep() -> None:
    """Remove the zips of this user that no living process holds. No error is raised."""
    if os.name != "posix":
        return
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with suppress(OSError):
                    _remove_if_left(entry)


def _remove_if_left(entry: os.DirEntry[str]) -> None:
    about = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(about.st_mode) or about.st_uid != os.getuid():
        return
    handle = os.open(entry.path, _OPENING)
    try:
        if os.path.samestat(about, os.fstat(handle)) and _lock(handle):
            os.unlink(entry.path)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Whether it is had. Where a file system has no locks nothing is held, and nothing swept."""
    import fcntl  # not there on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
