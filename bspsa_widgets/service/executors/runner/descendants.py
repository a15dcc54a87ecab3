"""The processes below this one, and what they hold; on Linux without a look at all others.

This process adopts what its descendants leave behind, so that no `setsid`, double fork or
cleared environment leads out of the family.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36
_GRACE: Final = 0.5  # seconds between asking and forcing
_FORCE: Final = 10.0  # seconds after which even the kernel cannot end them
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_HAS_CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children").exists()


def adopt_orphans() -> None:
    """From now on, what descendants leave behind becomes a child of this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kin(of: int | None = None) -> list[int]:
    """The living descendants of a process (this one), parents before their children."""
    own = os.getpid() if of is None else of
    if not _HAS_CHILDREN:
        return _kin_by_psutil(own)
    found: list[int] = []
    level = [own]
    while level:
        level = [child for parent in level for child in _children(parent)]
        found += level
    return [pid for pid in found if _lives(pid)]


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as opened:
                yield from map(int, opened.read().split())


def _lives(pid: int) -> bool:
    with suppress(OSError, IndexError), open(f"/proc/{pid}/stat", "rb") as opened:
        return opened.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    return False


def _kin_by_psutil(own: int) -> list[int]:
    import psutil  # slow to import, and not needed on Linux

    with suppress(psutil.Error):
        return [one.pid for one in psutil.Process(own).children(recursive=True)]
    return []


def memory(pids: Sequence[int]) -> int:
    """Bytes that these processes hold, at most: what they share is counted several times."""
    return sum(map(_memory, pids))


def exact_memory(pids: Sequence[int]) -> int:
    """Bytes that these processes hold, what they share once; slower than `memory`."""
    return sum(map(_share, pids))


def _memory(pid: int) -> int:
    """Without what comes from files: the system takes that back when it needs to."""
    if not _HAS_CHILDREN:
        import psutil

        with suppress(psutil.Error):
            return int(psutil.Process(pid).memory_info().rss)
        return 0
    with suppress(OSError, ValueError), open(f"/proc/{pid}/statm", "rb") as opened:
        _, resident, shared = map(int, opened.read().split()[:3])
        return (resident - shared) * _PAGE
    return 0


def _share(pid: int) -> int:
    """A process's part of the memory that it and others hold."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return _memory(pid)
    found = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+) kB", text, re.MULTILINE)
    return sum(map(int, found)) * 1024 if found else _memory(pid)


def threads_of_user() -> int:
    """How many threads this user's processes have, as far as that can be seen."""
    count, own = 0, os.getuid()
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == own:
                    count += len(os.listdir(f"/proc/{entry.name}/task"))
    return count


def end_processes(
    find: Callable[[], list[int]], asked: Sequence[int], pause: Callable[[], object]
) -> bool:
    """End processes, also those that fork meanwhile: asked first, forced after half a second.

    Args:
        find: returns the ids of those that live.
        asked: those that get SIGTERM first.
        pause: called between two looks; it takes some milliseconds.

    Returns:
        Whether none is left.
    """
    _send(asked, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while asked and find() and time.monotonic() < deadline:
        pause()
    deadline = time.monotonic() + _FORCE
    while found := find():
        if time.monotonic() > deadline:
            return False
        # A group ends at one stroke: among thousands that fork, one by one would be too slow.
        for group in {_group(pid) for pid in found} - {0, os.getpgrp()}:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        _send(found, signal.SIGKILL)
        pause()
    return True


def _send(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def reap(own_child: int) -> None:
    """Take leave of adopted processes that have ended."""
    for pid in _children(os.getpid()):
        if pid != own_child:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
