"""The processes below this one, and their memory; on Linux without reading all other processes.

This process adopts orphans of its descendants, so that no process leaves the tree by `setsid`,
a double fork or a cleared environment.
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
_GRACE: Final = 0.5  # seconds between SIGTERM and SIGKILL
_FORCE: Final = 10.0  # seconds of SIGKILL, after which they count as impossible to end
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_HAS_CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children").exists()


def adopt_orphans() -> None:
    """Make this process the parent of its descendants' orphans from now on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendant_pids(of: int | None = None) -> list[int]:
    """Return the living descendants of a process.

    Args:
        of: id of the process; None: this one.

    Returns:
        Process ids, parents before their children.
    """
    own = os.getpid() if of is None else of
    if not _HAS_CHILDREN:
        return _descendants_by_psutil(own)
    found: list[int] = []
    level = [own]
    while level:
        level = [child for parent in level for child in _children(parent)]
        found += level
    return [pid for pid in found if _is_running(pid)]


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as opened:
                yield from map(int, opened.read().split())


def _is_running(pid: int) -> bool:
    with suppress(OSError, IndexError), open(f"/proc/{pid}/stat", "rb") as opened:
        return opened.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    return False


def _descendants_by_psutil(own: int) -> list[int]:
    import psutil  # slow to import, and not needed on Linux

    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(own).children(recursive=True)]
    return []


def memory(pids: Sequence[int]) -> int:
    """Return the memory of processes at most: shared memory is counted several times.

    Args:
        pids: ids of the processes.

    Returns:
        Bytes.
    """
    return sum(map(_memory, pids))


def exact_memory(pids: Sequence[int]) -> int:
    """Return the memory of processes, shared memory counted once; slower than `memory`.

    Args:
        pids: ids of the processes.

    Returns:
        Bytes.
    """
    return sum(map(_share, pids))


def _memory(pid: int) -> int:
    """Return a process's memory without mapped files, which the system can free when needed."""
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
    """Return a process's share of the memory that it and other processes use."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return _memory(pid)
    found = re.findall(r"^Pss_(?:Anon|Shmem): +(\d+) kB", text, re.MULTILINE)
    return sum(map(int, found)) * 1024 if found else _memory(pid)


def threads_of_user() -> int:
    """Return how many threads this user's processes have, as far as they are visible.

    Returns:
        The number; 0 without /proc.
    """
    count, own = 0, os.getuid()
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == own:
                    count += len(os.listdir(f"/proc/{entry.name}/task"))
    return count


def terminate_processes(
    find: Callable[[], list[int]], first: Sequence[int], pause: Callable[[], object]
) -> bool:
    """Terminate processes, also those that fork meanwhile: SIGTERM, SIGKILL after half a second.

    Args:
        find: returns the ids of living processes.
        first: ids of the processes that get SIGTERM.
        pause: called between two checks; takes some milliseconds.

    Returns:
        Whether none is left.
    """
    _send(first, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while first and find() and time.monotonic() < deadline:
        pause()
    deadline = time.monotonic() + _FORCE
    while found := find():
        if time.monotonic() > deadline:
            return False
        # A whole group at once: one process after another is too slow if thousands fork.
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
    """Reap adopted processes that have ended.

    Args:
        own_child: id of the process that is waited for elsewhere.
    """
    for pid in _children(os.getpid()):
        if pid != own_child:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
