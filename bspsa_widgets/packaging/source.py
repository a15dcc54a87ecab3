"""Opening the files of a folder so that none of them can lead elsewhere, or be read half."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from types import TracebackType

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member

READS = 3  # of a file that changes meanwhile
MOST_WHOLE = 8 << 20  # bytes that are read at once; a file that was chosen for it is smaller
SETTLED = 20_000_000  # nanoseconds: some clocks of file systems move by 10 ms at a time

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# Non-blocking: a FIFO that took a file's place must not hang us.
_FILE = _READ | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
# A folder on the way need not be readable: to go through it is enough, where a system can.
_FOLDER = (
    getattr(os, "O_PATH", os.O_RDONLY)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_DIRECTORY", 0)
)
_HAS_PLACES = os.open in os.supports_dir_fd


class Sources:
    """The files of one folder, opened from there step by step: no link is followed.

    What was looked through may have been replaced since, also a folder on the way.

    Args:
        folder: resolved.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = os.fspath(folder)
        self._root = -1
        self._place = ""  # the folder below that `_at` is open on
        self._at = -1

    def __enter__(self) -> Sources:
        if _HAS_PLACES:
            try:
                self._root = os.open(self._folder, _FOLDER)
            except OSError as error:
                raise unreadable(os.path.basename(self._folder), error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in (self._at, self._root):
            if handle >= 0:
                os.close(handle)
        self._at = self._root = -1

    def opened(self, members: Iterable[Member]) -> Iterator[tuple[Member, int]]:
        """Each with its descriptor, opened when it is asked for."""
        for member in members:
            yield member, self.open(member.source or member.path)

    def open(self, path: str) -> int:
        """A file's descriptor, to be closed by the caller; what it is, `at_rest` tells.

        Args:
            path: relative to the folder, with forward slashes; or from the top, resolved, of
                what the user took along by a link.

        Raises:
            PackingError: it cannot be opened.
        """
        place, slash, name = path.rpartition("/")
        place = place or slash
        try:
            if not _HAS_PLACES:
                return self._opened_by_name(path)
            if place != self._place:
                self._go_to(place)
            return os.open(name, _FILE, dir_fd=self._at if place else self._root)
        except OSError as error:
            raise unreadable(path, error) from None

    def _go_to(self, place: str) -> None:
        if self._at >= 0:
            os.close(self._at)
        self._at, self._place = -1, ""
        if place.startswith("/"):
            self._at = os.open("/", _FOLDER)
        for name in place.split("/"):
            if not name:
                continue
            above = self._at if self._at >= 0 else self._root
            self._at, used = os.open(name, _FOLDER, dir_fd=above), self._at
            if used >= 0:
                os.close(used)
        self._place = place

    def _opened_by_name(self, path: str) -> int:
        """Where a system cannot open below a folder: it is looked where the way leads."""
        place = os.path.join(self._folder, path)
        found = os.path.realpath(place, strict=True)
        if os.path.normcase(found) != os.path.normcase(place):
            raise OSError(0, "it has become a link")
        return os.open(place, _FILE)


def read_whole(handle: int, path: str, size: int, stamp: int) -> tuple[bytes, os.stat_result]:
    """All of a small file, and what it was while it was read.

    Args:
        size, stamp: bytes and `stamp_of` it when it was looked at. Where it is still that,
            one reading tells; else it is read until it stays the same.

    Raises:
        PackingError: it cannot be read, or changes each time.
    """
    begun = time.time_ns()
    try:
        data = os.read(handle, min(size, MOST_WHOLE) + 1)
    except OSError:  # what it is instead is told below
        data = b""
    about = os.fstat(handle)
    unchanged = stamp_of(about) == stamp and about.st_size == len(data) == size
    if unchanged and begun - stamp >= SETTLED:
        return data, about
    for _ in range(READS):
        before = at_rest(handle, path)
        if before.st_size > MOST_WHOLE:
            break
        data = _content(handle, path, before.st_size)
        if len(data) == before.st_size and is_same(before, handle):
            return data, before
    raise changed(path)


def stamp_of(about: os.stat_result) -> int:
    """When a file was last changed, ns: its data or, but for Windows, anything about it."""
    return about.st_mtime_ns if os.name == "nt" else about.st_ctime_ns


def at_rest(handle: int, path: str) -> os.stat_result:
    """What a file is, once it has not been written for a moment.

    A file's time moves in steps: a change within the step of the one before would leave no
    trace, and what is read meanwhile could be half old, half new.

    Raises:
        PackingError: it is written all the time, or is no file any more.
    """
    for _ in range(READS):
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise PackingError(f"{path} is not a file any more.")
        age = time.time_ns() - max(about.st_mtime_ns, about.st_ctime_ns)
        if not 0 <= age < SETTLED:  # a time to come is another machine's clock
            return about
        time.sleep((SETTLED - age) / 1e9)
    raise changed(path)


def is_same(before: os.stat_result, handle: int) -> bool:
    """Whether a file that has been read is still what it was before."""
    after = os.fstat(handle)
    return (after.st_mtime_ns, after.st_ctime_ns, after.st_size) == (
        before.st_mtime_ns,
        before.st_ctime_ns,
        before.st_size,
    )


def _content(handle: int, path: str, size: int) -> bytes:
    """No further than it was long: a file written to all the time has no end."""
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        data = os.read(handle, size + 1)
        while len(data) < size and (piece := os.read(handle, size + 1 - len(data))):
            data += piece
    except OSError as error:
        raise unreadable(path, error) from None
    return data


def unreadable(path: str, error: OSError) -> PackingError:
    """The error for a file that is there, but not to be read."""
    return PackingError(
        f"{path} cannot be read: {error.strerror}.",
        advice="Nothing was sent. Look at this file, or move it out of the folder.",
    )


def changed(path: str) -> PackingError:
    """The error for a file that somebody writes."""
    return PackingError(
        f"{path} changed while it was packed.",
        advice="Nothing was sent. Wait until it is written, then submit again.",
    )
