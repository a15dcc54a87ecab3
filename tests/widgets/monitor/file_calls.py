"""Calls that touch files, as they are made on the background loop's own thread.

A network file system may hang for minutes. What waits for it there stops uploads, looks at jobs
and the panel, so such a call belongs into a thread.
"""

from __future__ import annotations

import io
import sys
from types import FrameType
from typing import Any

from bspsa_widgets.runtime.event_loop import background
from tests.widgets.view import SECONDS

_POSIX = frozenset(
    (
        *("access", "chmod", "fchmod", "fstat", "fsync", "ftruncate", "link", "listdir", "lstat"),
        *("mkdir", "open", "read", "readlink", "remove", "rename", "replace", "rmdir", "scandir"),
        *("stat", "statvfs", "symlink", "truncate", "unlink", "utime", "write"),
    )
)
_OURS = "bspsa_widgets"
# Code that is read once, and where a log goes, are not the user's files.
_NOT_FILES = ("<frozen importlib", "/logging/", "/linecache.py", "/tokenize.py", "/traceback.py")


class FileCalls:
    """Those seen so far, each as the function and the lines of the package that led to it."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def watch(self) -> None:
        """From now on; in the loop that runs now."""
        _on_the_loop(lambda: sys.setprofile(self._look))

    def leave(self) -> None:
        _on_the_loop(lambda: sys.setprofile(None))

    def _look(self, frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or not _touches_a_file(called):
            return
        places, at = [], frame
        while at is not None:
            name = at.f_code.co_filename
            if any(part in name for part in _NOT_FILES):
                return
            if f"/{_OURS}/" in name:
                places.append(f"{name.rpartition(_OURS)[2]}:{at.f_lineno}")
            at = at.f_back
        self.seen.add(f"{called.__name__} at {' < '.join(places[:7])}")


def _touches_a_file(called: Any) -> bool:
    owner = getattr(called, "__self__", None)
    if isinstance(owner, io.FileIO | io.BufferedReader | io.BufferedWriter | io.BufferedRandom):
        return True
    if isinstance(owner, io.TextIOWrapper):
        return owner not in (sys.stdout, sys.stderr)
    module = getattr(called, "__module__", None)
    name = getattr(called, "__name__", "")
    return (module in ("posix", "nt") and name in _POSIX) or (module, name) in (
        ("_io", "open"),
        ("io", "open"),
        ("fcntl", "flock"),
        ("fcntl", "lockf"),
    )


def _on_the_loop(work: Any) -> None:
    async def run() -> None:
        work()

    background().run(run(), "watching for calls that touch files").result(SECONDS)
