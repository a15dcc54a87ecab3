"""The lock of a folder: for steps that read and then write and must not be interleaved."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from bspsa_widgets.errors import RecordError, Stopped

# Seconds. The lock is held for milliseconds, and the system releases it when a program ends: a
# program that holds it for so long is suspended, or hangs.
MOST_WAIT = 60.0
TOLD_AFTER = 1.0
LOCK, FILE = ".lock", ".locked"  # the locked file; the file made if there are no locks
_TRY, _PAUSE = 0.2, 0.01  # seconds of one try, and between two checks of the lock

# Errors of a file system without locks, such as some network file systems.
_HAS_NONE = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


class LockWait(NamedTuple):
    """Callbacks while another program has the lock.

    Attributes:
        tell: called once with the path of the lock file.
        is_over: returns whether to stop waiting.
    """

    tell: Callable[[Path], object] = lambda path: None
    is_over: Callable[[], bool] = lambda: False


@contextmanager
def alone(folder: Path, waiting: LockWait = LockWait()) -> Iterator[None]:  # noqa: B008  (frozen)
    """Hold the lock of a folder. Blocks while another program has it.

    Args:
        folder: an existing folder that can be written.
        waiting: callbacks while another program has the lock.

    Yields:
        Nothing.

    Raises:
        RecordError: if the lock is not available; nothing was done.
        Stopped: if `waiting.is_over` returned True.
    """
    lock = _locked(folder, waiting)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()


def has_locks(folder: Path) -> bool:
    """Return whether a folder's file system has locks.

    `FileLock` is not used for this: without locks, older releases of it remove the file that
    another program has made as a replacement.

    Args:
        folder: path of the folder.

    Returns:
        True if it has.

    Raises:
        OSError: if no file can be made there.
    """
    try:
        import fcntl
    except ImportError:
        return True  # Windows has other locks
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HAS_NONE
    finally:
        os.close(handle)
    return True


def _locked(folder: Path, waiting: LockWait) -> BaseFileLock:
    path = folder / LOCK
    try:
        if has_locks(folder):
            return _waited_for(FileLock(path, thread_local=False), waiting)
        # An exclusively created file works on any file system. Only a machine that stops
        # meanwhile leaves it behind: then a person has to remove it.
        path = folder / FILE
        return _waited_for(SoftFileLock(path, thread_local=False), waiting)
    except OSError as error:
        raise _cannot_lock(path, error) from None


def _waited_for(lock: BaseFileLock, waiting: LockWait) -> BaseFileLock:
    path, began, is_told = Path(lock.lock_file), time.monotonic(), False
    while not _is_had(lock):
        waited = time.monotonic() - began
        if waiting.is_over():
            raise Stopped
        if waited >= MOST_WAIT:
            raise RecordError(
                f"Another program has the list of submissions locked for {waited:.0f} s (by the "
                f"file {path}). Nothing was sent.",
                advice="Submit again. If this comes again, end the program that has it: another "
                "notebook's kernel, or a bspsa command. If none runs, remove that file.",
            )
        if waited >= TOLD_AFTER and not is_told:
            is_told = True
            waiting.tell(path)
    return lock


def _is_had(lock: BaseFileLock) -> bool:
    try:
        lock.acquire(timeout=_TRY, poll_interval=_PAUSE)
    except Timeout:
        return False
    return True


def _cannot_lock(path: Path, error: OSError) -> RecordError:
    return RecordError(
        f"The list of submissions cannot be locked by the file {path}: "
        f"{error.strerror or type(error).__name__}. Without that, the same could be sent twice. "
        "Nothing was sent.",
        advice="Make that file writable or remove it; or name another folder by BSPSA_RECORDS.",
    )
