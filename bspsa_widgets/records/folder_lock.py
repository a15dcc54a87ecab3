"""The lock of a folder: what is to be read and then written in one act is done with it, or not."""

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

# Seconds. It is held for milliseconds, and the system takes it away when a program ends: who
# has it for so long is stopped, or hangs.
MOST_WAIT = 60.0
TOLD_AFTER = 1.0
LOCK, FILE = ".lock", ".locked"  # what is locked; what is made where there are no locks
_TRY, _PAUSE = 0.2, 0.01  # seconds of one try, and between two looks at the lock

# What a file system says that has no locks, as some networks' have none.
_HAS_NONE = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


class Waiting(NamedTuple):
    """What goes on while another program has the lock.

    Attributes:
        tell: told the lock's file, once. is_over: asked whether to wait no longer.
    """

    tell: Callable[[Path], object] = lambda place: None
    is_over: Callable[[], bool] = lambda: False


@contextmanager
def alone(folder: Path, waiting: Waiting = Waiting()) -> Iterator[None]:  # noqa: B008  (frozen)
    """No other program is here meanwhile. Blocks: it is waited for.

    Args:
        folder: that is there, and can be written.

    Raises:
        RecordError: the lock cannot be had; nothing was done. Stopped: `waiting.is_over`.
    """
    lock = _locked(folder, waiting)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()


def has_locks(folder: Path) -> bool:
    """Whether its file system has locks. `FileLock` is not asked: where there are none, older
    releases take away the file that another program has made in their stead.

    Raises:
        OSError: nothing can be made there.
    """
    try:
        import fcntl
    except ImportError:
        return True  # Windows has others
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HAS_NONE
    finally:
        os.close(handle)
    return True


def _locked(folder: Path, waiting: Waiting) -> BaseFileLock:
    place = folder / LOCK
    try:
        if has_locks(folder):
            return _waited_for(FileLock(place, thread_local=False), waiting)
        # A file that is made by one alone does as well, on any file system. Only a machine that
        # stops while it is there leaves it behind: then a person has to remove it.
        place = folder / FILE
        return _waited_for(SoftFileLock(place, thread_local=False), waiting)
    except OSError as error:
        raise _cannot_lock(place, error) from None


def _waited_for(lock: BaseFileLock, waiting: Waiting) -> BaseFileLock:
    place, began, is_told = Path(lock.lock_file), time.monotonic(), False
    while not _is_had(lock):
        waited = time.monotonic() - began
        if waiting.is_over():
            raise Stopped
        if waited >= MOST_WAIT:
            raise RecordError(
                f"Another program has the list of submissions locked for {waited:.0f} s (by the "
                f"file {place}). Nothing was sent.",
                advice="Submit again. If this comes again, end the program that has it: another "
                "notebook's kernel, or a bspsa command. If none runs, remove that file.",
            )
        if waited >= TOLD_AFTER and not is_told:
            is_told = True
            waiting.tell(place)
    return lock


def _is_had(lock: BaseFileLock) -> bool:
    try:
        lock.acquire(timeout=_TRY, poll_interval=_PAUSE)
    except Timeout:
        return False
    return True


def _cannot_lock(place: Path, error: OSError) -> RecordError:
    return RecordError(
        f"The list of submissions cannot be locked by the file {place}: "
        f"{error.strerror or type(error).__name__}. Without that, the same could be sent twice. "
        "Nothing was sent.",
        advice="Make that file writable or remove it; or name another folder by BSPSA_RECORDS.",
    )
