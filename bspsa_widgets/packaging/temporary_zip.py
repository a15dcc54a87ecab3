"""Temporary zips: locked while their process runs, else removed by the next process.

A kernel that is killed leaves its zip behind, and nothing else would remove it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from io import FileIO
from pathlib import Path

# A distinct prefix: other zips of this package (beside a target that is being written, or of a
# release without locks) must not be removed.
_PREFIX, _SUFFIX = ".bspsa-locked-", ".zip"
_OPENING = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

# Descriptor that holds the lock, by path; separate from those that write or read the file.
_locks: dict[Path, int] = {}


def new_zip() -> tuple[Path, FileIO]:
    """Create a temporary zip that only this user can read; remove it with `remove_zip`.

    Returns:
        Its path, and the file, open for writing.
    """
    sweep()
    while True:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX)
        path = Path(name)
        if os.name != "posix":  # open files cannot be removed there
            return path, FileIO(handle, "w+")
        lock = os.dup(handle)
        _lock(lock)
        if os.fstat(lock).st_nlink:
            _locks[path] = lock
            return path, FileIO(handle, "w+")
        os.close(handle)  # another process removed it before it was locked
        os.close(lock)


def remove_zip(path: Path) -> None:
    """Remove a temporary zip, or any other file, if it exists.

    Args:
        path: path of the file.
    """
    lock = _locks.pop(path, None)
    try:
        path.unlink(missing_ok=True)
    finally:
        if lock is not None:
            os.close(lock)


def sweep() -> None:
    """Remove this user's temporary zips whose processes have ended. Raises no error."""
    if os.name != "posix":
        return
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with suppress(OSError):
                    _remove_if_unlocked(entry)


def _remove_if_unlocked(entry: os.DirEntry[str]) -> None:
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
    """Return whether the file could be locked. Without locks, nothing is removed by `sweep`."""
    import fcntl  # not there on Windows

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
