"""The limits of a job on this machine, and checks that it keeps to them."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bspsa_widgets.service.executors.runner.descendants import exact_memory, memory, threads_of_user
from bspsa_widgets.service.storage import file_access

MIB: Final = 2**20
GIB: Final = 2**30

_THREADS: Final = 4  # per process, on average
_DISK_PAUSE: Final = 1.0  # least seconds between two walks through a job's files
_DISK_SHARE: Final = 20  # a walk of one second is followed by 20 seconds without a walk


def _half_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


@dataclass(frozen=True)
class Limits:
    """The limits of one job. None means no limit.

    Attributes:
        memory: memory of all its processes together, in bytes.
        disk: size of its folder, in bytes.
        output: size of the standard output, and also of the standard error, in bytes.
        processes: number of its processes at once.
    """

    memory: int | None = None
    disk: int | None = 10 * GIB
    output: int | None = 100 * MIB
    processes: int | None = 1000

    @classmethod
    def of_this_machine(cls) -> Limits:
        """Return the defaults for a computer on which the user works as well.

        Returns:
            The limits; memory is half of the machine's, so that two jobs fit.
        """
        return cls(memory=_half_of_memory())

    @property
    def tasks(self) -> int | None:
        """Number of the job's processes and threads at once, which the kernel counts together."""
        return None if self.processes is None else _THREADS * self.processes

    def apply(self) -> None:
        """Set the kernel's limits for this process and its children, in addition to `LimitWatch`.

        They apply to each process, so they are wider where the limit is the whole job's.
        """
        _set_limit(resource.RLIMIT_CORE, 0)
        if self.disk is not None:
            _set_limit(resource.RLIMIT_FSIZE, self.disk)
        if self.memory is not None:
            # Not the address space: threads and libraries reserve far more than they use.
            _set_limit(resource.RLIMIT_DATA, 2 * self.memory)
        if self.tasks is not None:
            # The kernel counts the threads of all the user's programs. (It does not limit root.)
            _set_limit(resource.RLIMIT_NPROC, threads_of_user() + self.tasks)


def _set_limit(kind: int, maximum: int) -> None:
    hard = resource.getrlimit(kind)[1]
    maximum = maximum if hard == resource.RLIM_INFINITY else min(maximum, hard)
    resource.setrlimit(kind, (maximum, maximum))


class LimitWatch:
    """Checks whether a job exceeds its limits.

    Args:
        limits: the job's limits.
        folders: folders whose size is limited.
    """

    def __init__(self, limits: Limits, folders: Sequence[Path]) -> None:
        self._limits = limits
        self._folders = folders
        self._disk = 0
        self._free: int | None = None  # free bytes on the disk at the last walk
        self._next_walk = 0.0

    def exceeded(self, pids: Sequence[int]) -> str:
        """Return which limit the job exceeds.

        Args:
            pids: ids of its processes.

        Returns:
            A sentence without its end; empty if the job keeps to its limits.
        """
        limits = self._limits
        if limits.processes is not None and len(pids) > limits.processes:
            return f"The job had more than {limits.processes} processes at once"
        if limits.memory is not None and self._uses_more_than(limits.memory, pids):
            return f"The job used more than {size_text(limits.memory)} of memory"
        if limits.disk is not None and self._bytes() > limits.disk:
            return f"The job wrote more than {size_text(limits.disk)} of files"
        return ""

    def _uses_more_than(self, maximum: int, pids: Sequence[int]) -> bool:
        # The fast check counts memory that forked processes share once per process.
        return memory(pids) > maximum and exact_memory(pids) > maximum

    def _bytes(self) -> int:
        now = time.monotonic()
        free = _free(self._folders[0])
        if now >= self._next_walk or self._may_be_exceeded(free):
            self._disk, self._free = sum(map(size_of, self._folders)), free
            took = time.monotonic() - now
            self._next_walk = now + max(_DISK_PAUSE, _DISK_SHARE * took)
        return self._disk

    def _may_be_exceeded(self, free: int) -> bool:
        if self._free is None or self._limits.disk is None:
            return True
        return self._disk + self._free - free > self._limits.disk


def _free(folder: Path) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def size_of(folder: Path) -> int:
    """Return the size of a folder on the disk; files that cannot be read count as 0.

    Args:
        folder: the folder.

    Returns:
        Bytes.
    """
    try:
        return sum(
            entry.status.st_blocks * 512 for entry in file_access.walk(folder.parent, folder)
        )
    except OSError:
        return 0


def size_text(size: int) -> str:
    """Return a size in words, such as `10 GiB`.

    Args:
        size: the size in bytes.

    Returns:
        The words.
    """
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (1024, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
