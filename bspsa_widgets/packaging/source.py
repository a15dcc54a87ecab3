"""Open and read the files of a folder, without following links or reading half-written files."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member

READS = 3  # attempts for a file that changes meanwhile
MAX_READ = 8 << 20  # largest read at once, bytes; files read this way are smaller
STABLE_NS = 20_000_000  # nanoseconds: the clocks of some file systems have steps of 10 ms

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# Non-blocking: a FIFO in place of the file must not block this process.
_FILE = _READ | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
# Parent folders need not be readable, where the system allows that.
_FOLDER = (
    getattr(os, "O_PATH", os.O_RDONLY)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_DIRECTORY", 0)
)
_HAS_DIR_FD = os.open in os.supports_dir_fd


class Sources:
    """Opens the files of one folder step by step, without following a link.

    Files and folders may have been replaced since they were listed.

    Args:
        folder: resolved path.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = os.fspath(folder)
        self._root = -1
        self._parent = ""  # path of the folder that `_at` is the descriptor of
        self._at = -1

    def __enter__(self) -> Sources:
        if _HAS_DIR_FD:
            try:
                self._root = os.open(self._folder, _FOLDER)
            except OSError as error:
                raise unreadable(os.path.basename(self._folder), error) from None
        return self

    def __exit__(self, *_: object) -> None:
        for handle in (self._at, self._root):
            if handle >= 0:
                os.close(handle)
        self._at = self._root = -1

    def opened(self, members: Iterable[Member]) -> Iterator[tuple[Member, int]]:
        """Yield files with their descriptors, each opened when it is requested.

        Args:
            members: the files.

        Yields:
            File and descriptor, to be closed by the caller.
        """
        for member in members:
            yield member, self.open(member.source or member.path)

    def open(self, path: str) -> int:
        """Open a file.

        Args:
            path: relative to the folder, with forward slashes; or absolute and resolved, for a file
                that the user includes by a link.

        Returns:
            Its descriptor, to be closed by the caller; `stable_stat` checks the file type.

        Raises:
            PackingError: if it cannot be opened.
        """
        parent, slash, name = path.rpartition("/")
        parent = parent or slash
        try:
            if not _HAS_DIR_FD:
                return self._opened_by_name(path)
            if parent != self._parent:
                self._open_parent(parent)
            return os.open(name, _FILE, dir_fd=self._at if parent else self._root)
        except OSError as error:
            raise unreadable(path, error) from None

    def read_block(self, member: Member, offset: int, size: int) -> bytes:
        """Read a block of a file.

        Args:
            member: the file.
            offset: position of the block.
            size: bytes of the block.

        Returns:
            The block; empty if it cannot be read, which packing will report.
        """
        try:
            handle = self.open(member.source or member.path)
        except PackingError:
            return b""
        try:
            os.lseek(handle, offset, os.SEEK_SET)
            return os.read(handle, size)
        except OSError:  # no regular file any more
            return b""
        finally:
            os.close(handle)

    def _open_parent(self, parent: str) -> None:
        if self._at >= 0:
            os.close(self._at)
        self._at, self._parent = -1, ""
        if parent.startswith("/"):
            self._at = os.open("/", _FOLDER)
        for name in parent.split("/"):
            if not name:
                continue
            above = self._at if self._at >= 0 else self._root
            self._at, used = os.open(name, _FOLDER, dir_fd=above), self._at
            if used >= 0:
                os.close(used)
        self._parent = parent

    def _opened_by_name(self, path: str) -> int:
        """Open a file on systems without `dir_fd`, after a check that the path leads to no link."""
        parent = os.path.join(self._folder, path)
        found = os.path.realpath(parent, strict=True)
        if os.path.normcase(found) != os.path.normcase(parent):
            raise OSError(0, "it has become a link")
        return os.open(parent, _FILE)


def read_small_file(handle: int, path: str, size: int, stamp: int) -> tuple[bytes, os.stat_result]:
    """Read a small file completely.

    Args:
        handle: descriptor, at the start of the file.
        path: path, for messages.
        size: bytes when it was listed.
        stamp: `stamp_of` it when it was listed. If both are unchanged one read is enough; else
            it is read until it stays the same.

    Returns:
        The content, and the file's metadata at that time.

    Raises:
        PackingError: if it cannot be read, or changes each time.
    """
    started = time.time_ns()
    try:
        data = os.read(handle, min(size, MAX_READ) + 1)
    except OSError:  # the file type is checked below
        data = b""
    about = os.fstat(handle)
    unchanged = stamp_of(about) == stamp and about.st_size == len(data) == size
    if unchanged and started - stamp >= STABLE_NS:
        return data, about
    for _ in range(READS):
        before = stable_stat(handle, path)
        if before.st_size > MAX_READ:
            break
        data = _content(handle, path, before.st_size)
        if len(data) == before.st_size and is_same(before, handle):
            return data, before
    raise changed(path)


def read_regular(path: str, max_bytes: int) -> bytes | None:
    """Read the beginning of a file by its path.

    Args:
        path: path of the file.
        max_bytes: largest number of bytes to read.

    Returns:
        The bytes; None if it cannot be read, or is a link or no regular file.
    """
    try:
        handle = os.open(path, _FILE)
    except OSError:
        return None
    try:
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        return os.read(handle, max_bytes) if is_file else None
    except OSError:
        return None
    finally:
        os.close(handle)


def stamp_of(about: os.stat_result) -> int:
    """Return the time of a file's last change, ns since the epoch.

    Args:
        about: metadata of the file.

    Returns:
        The change time of data or metadata; on Windows of the data only.
    """
    return about.st_mtime_ns if os.name == "nt" else about.st_ctime_ns


def stable_stat(handle: int, path: str) -> os.stat_result:
    """Return a file's metadata after it has not been written for 20 ms.

    File times have a limited resolution: a second change within it would not show, and
    the data read could be half old, half new.

    Args:
        handle: descriptor of the file.
        path: path, for messages.

    Returns:
        The metadata.

    Raises:
        PackingError: if it is written all the time, or is no file any more.
    """
    for _ in range(READS):
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise PackingError(f"{path} is not a file any more.")
        age = time.time_ns() - max(about.st_mtime_ns, about.st_ctime_ns)
        if not 0 <= age < STABLE_NS:  # a time in the future comes from another machine's clock
            return about
        time.sleep((STABLE_NS - age) / 1e9)
    raise changed(path)


def is_same(before: os.stat_result, handle: int) -> bool:
    """Return whether a file is unchanged after it was read.

    Args:
        before: metadata before reading.
        handle: descriptor of the file.

    Returns:
        True if it is unchanged.
    """
    after = os.fstat(handle)
    return (after.st_mtime_ns, after.st_ctime_ns, after.st_size) == (
        before.st_mtime_ns,
        before.st_ctime_ns,
        before.st_size,
    )


def _content(handle: int, path: str, size: int) -> bytes:
    """Return the content up to the known size: a file that is written all the time has no end."""
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        data = os.read(handle, size + 1)
        while len(data) < size and (piece := os.read(handle, size + 1 - len(data))):
            data += piece
    except OSError as error:
        raise unreadable(path, error) from None
    return data


def unreadable(path: str, error: OSError) -> PackingError:
    """Return the error for a file that cannot be read.

    Args:
        path: path of the file.
        error: the system's error.

    Returns:
        The error.
    """
    return PackingError(
        f"{path} cannot be read: {error.strerror}.",
        advice="Nothing was sent. Look at this file, or move it out of the folder.",
    )


def changed(path: str) -> PackingError:
    """Return the error for a file that is being written.

    Args:
        path: path of the file.

    Returns:
        The error.
    """
    return PackingError(
        f"{path} changed while it was packed.",
        advice="Nothing was sent. Wait until it is written, then submit again.",
    )
