"""Cache of values read from the files of a folder, valid until a file changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")

# Two changes within one tick of a file system's clock look like one (a tick is up to 2 s):
# a file that has changed just now is read again.
TICK_SECONDS = 2.0


class _FileMark(NamedTuple):
    """Metadata of a file that differ after it was written."""

    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> _FileMark | None:
        """Return the metadata; None if they cannot be read, or the file has changed just now."""
        try:
            found = os.stat(path)
        except OSError:
            return None
        if time.time() - max(found.st_mtime, found.st_ctime) < TICK_SECONDS:
            return None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class FileCache(Generic[Value]):
    """Values by the name of their file; for use from any thread."""

    def __init__(self) -> None:
        self._cached: dict[str, tuple[_FileMark, Value]] = {}

    def read(self, path: Path, read: Callable[[Path], Value]) -> Value:
        """Return the value of a file, read again only if the file has changed.

        Args:
            path: path of the file.
            read: reads a file; its errors are passed on.

        Returns:
            What `read` returns now, or returned when the file was last read.
        """
        mark = _FileMark.of(path)  # first: a file that changes while it is read is read again
        cached = self._cached.get(path.name)
        if mark is not None and cached is not None and cached[0] == mark:
            return cached[1]
        value = read(path)
        if mark is not None:
            self._cached[path.name] = (mark, value)
        return value

    def retain(self, names: Collection[str]) -> None:
        """Forget files that no longer exist.

        Args:
            names: names of the existing files.
        """
        for name in self._cached.keys() - set(names):
            self._cached.pop(name, None)
