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
    def of(cls, place: Path) -> _FileMark | None:
        """Return the metadata; None if they cannot be read, or the file has changed just now."""
        try:
            found = os.stat(place)
        except OSError:
            return None
        if time.time() - max(found.st_mtime, found.st_ctime) < TICK_SECONDS:
            return None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class FileCache(Generic[Value]):
    """Values by the name of their file; for use from any thread."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_FileMark, Value]] = {}

    def read(self, place: Path, read: Callable[[Path], Value]) -> Value:
        """Return the value of a file, read again only if the file has changed.

        Args:
            place: path of the file.
            read: reads a file; its errors are passed on.

        Returns:
            What `read` returns now, or returned when the file was last read.
        """
        mark = _FileMark.of(place)  # first: a file that changes while it is read is read again
        known = self._known.get(place.name)
        if mark is not None and known is not None and known[0] == mark:
            return known[1]
        value = read(place)
        if mark is not None:
            self._known[place.name] = (mark, value)
        return value

    def keep_only(self, names: Collection[str]) -> None:
        """Forget files that no longer exist.

        Args:
            names: names of the existing files.
        """
        for name in self._known.keys() - set(names):
            self._known.pop(name, None)
