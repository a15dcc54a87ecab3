"""How many processes and threads a job may have, kept by the kernel: a control group (version 2).

The bound of a user (RLIMIT_NPROC) does not hold for root, and counts all that the user
runs. Where no control group can be made, that and a look every 0.2 seconds must do.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

_MOUNT: Final = Path("/sys/fs/cgroup")
_NAME: Final = "bspsa-{pid}"

# Of shells, Python, and what starts threads in C.
_NO_PROCESS: Final = re.compile(
    rb"[Cc]annot fork|can't start new thread|"
    rb"(?:fork|thread|Thread|clone)[^\0]{0,200}(?:Resource temporarily unavailable|\[Errno 11\])"
)

_log = logging.getLogger("bspsa_widgets.service")


def tells_of_no_process(words: bytes) -> bool:
    """Whether these are of one that could not start another process or thread."""
    return _NO_PROCESS.search(words) is not None


class TaskBound:
    """A control group for one program, made by its runner.

    Attributes:
        folder: of the group, which is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, most: int) -> TaskBound | None:
        """Make a new group.

        Args:
            most: processes and threads in it at once.

        Returns:
            None where there is no control group of version 2, or this user may make none.
        """
        parent = _parent()
        if parent is None:
            return None
        _sweep(parent)
        folder = parent / _NAME.format(pid=os.getpid())
        try:
            folder.mkdir(exist_ok=True)
            (folder / "pids.max").write_text(str(most), encoding="ascii")
        except OSError as error:
            _log.debug("no control group in %s: %s", parent, error)
            with suppress(OSError):
                folder.rmdir()
            return None
        return cls(folder)

    def enter(self) -> None:
        """Called in the new process: it and all that it starts are counted from now on."""
        with suppress(OSError):  # the other bounds must do
            (self.folder / "cgroup.procs").write_text("0", encoding="ascii")

    @property
    def was_met(self) -> bool:
        """Whether something could not be started because of it."""
        with suppress(OSError, ValueError, KeyError):
            events = (self.folder / "pids.events").read_text(encoding="ascii").split()
            return int(dict(zip(events[::2], events[1::2], strict=True))["max"]) > 0
        return False

    def remove(self) -> None:
        """Once nothing runs in it."""
        with suppress(OSError):
            self.folder.rmdir()


def _parent() -> Path | None:
    """Where a group may be made: beside this process's own; None where it counts no tasks."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::/"):  # the group of version 2, which mixed systems have, too
                own = line.removeprefix("0::/")
                # A group that holds processes of its own cannot bound those of others.
                parent = (_MOUNT / own).parent if own else _MOUNT
                counts = (parent / "cgroup.subtree_control").read_text(encoding="ascii").split()
                return parent if "pids" in counts else None
    return None


def _sweep(parent: Path) -> None:
    """Remove the groups of runners that were killed; one that is in use stays by itself."""
    with suppress(OSError):
        for name in os.listdir(parent):
            found = re.fullmatch(_NAME.format(pid="([0-9]+)"), name)
            if found and not Path(f"/proc/{found[1]}").exists():
                with suppress(OSError):
                    (parent / name).rmdir()
