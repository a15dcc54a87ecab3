"""Limits a job's processes and threads by a control group (version 2) of the kernel.

A user's limit (RLIMIT_NPROC) does not apply to root, and counts all programs of the user. It
and a check every 0.2 seconds are used where no control group can be created.
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

# Error messages of shells, Python, and C programs that start threads.
_NO_PROCESS: Final = re.compile(
    rb"[Cc]annot fork|can't start new thread|"
    rb"(?:fork|thread|Thread|clone)[^\0]{0,200}(?:Resource temporarily unavailable|\[Errno 11\])"
)

_log = logging.getLogger("bspsa_widgets.service")


def reports_task_limit(text: bytes) -> bool:
    """Return whether an error output says that another process or thread could not be started.

    Args:
        text: end of the standard error.

    Returns:
        True if it does.
    """
    return _NO_PROCESS.search(text) is not None


class ControlGroup:
    """A control group for one program, created by its runner.

    Args:
        folder: folder of the group.

    Attributes:
        folder: folder of the group.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, max_tasks: int) -> ControlGroup | None:
        """Create a new group.

        Args:
            max_tasks: limit of its processes and threads at once.

        Returns:
            The group; None if there are no control groups of version 2, or this user may not create
            any.
        """
        parent = _parent()
        if parent is None:
            return None
        _sweep(parent)
        folder = parent / _NAME.format(pid=os.getpid())
        try:
            folder.mkdir(exist_ok=True)
            (folder / "pids.max").write_text(str(max_tasks), encoding="ascii")
        except OSError as error:
            _log.debug("no control group in %s: %s", parent, error)
            with suppress(OSError):
                folder.rmdir()
            return None
        return cls(folder)

    def enter(self) -> None:
        """Move this process into the group, with all that it starts; called in the new process."""
        with suppress(OSError):  # the other limits still apply
            (self.folder / "cgroup.procs").write_text("0", encoding="ascii")

    @property
    def was_reached(self) -> bool:
        """Whether a process or thread could not be started because of the limit."""
        with suppress(OSError, ValueError, KeyError):
            events = (self.folder / "pids.events").read_text(encoding="ascii").split()
            return int(dict(zip(events[::2], events[1::2], strict=True))["max"]) > 0
        return False

    def remove(self) -> None:
        """Remove the group; nothing may run in it any more."""
        with suppress(OSError):
            self.folder.rmdir()


def _parent() -> Path | None:
    """Return the folder that can contain a new group; None if it does not count tasks."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            if line.startswith("0::/"):  # version 2, also on systems with both versions
                own = line.removeprefix("0::/")
                # A group with processes of its own cannot limit those of groups below it.
                parent = (_MOUNT / own).parent if own else _MOUNT
                counts = (parent / "cgroup.subtree_control").read_text(encoding="ascii").split()
                return parent if "pids" in counts else None
    return None


def _sweep(parent: Path) -> None:
    """Remove the groups of runners that were killed; a group in use cannot be removed."""
    with suppress(OSError):
        for name in os.listdir(parent):
            found = re.fullmatch(_NAME.format(pid="([0-9]+)"), name)
            if found and not Path(f"/proc/{found[1]}").exists():
                with suppress(OSError):
                    (parent / name).rmdir()
