"""The only way to open what lies in a job's folder: a job may put anything in any place.

No link is followed on the way from the folder of all jobs, only regular files are opened,
and nothing waits: neither a pipe nor a file that somebody holds a lease on. `root` is the
job's own folder in all functions, `path` a place in it. All of them block on a slow disk:
call them in a thread.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER: Final = _SAFE | os.O_RDONLY | os.O_DIRECTORY
_WRITE: Final = os.O_WRONLY | os.O_CREAT
_PRIVATE: Final = 0o600


class NotAFile(OSError):
    """In the file's place is something that is no regular file."""


class FolderEntry(NamedTuple):
    """A name in a folder.

    Attributes:
        parts: the way to it from the folder that is walked through. place: descriptor of the
            folder that it lies in, open until the next entry is taken. status: its own, not
            that of what a link leads to.
    """

    parts: tuple[str, ...]
    place: int
    status: os.stat_result

    @property
    def name(self) -> str:
        return self.parts[-1]


@contextmanager
def folder_at(root: Path, path: Path) -> Iterator[int]:
    """Open a folder; its descriptor is closed at the end of the block. Raises OSError."""
    with _descended(root.parent, path.relative_to(root.parent).parts) as place:
        yield place


def open_below(place: int, parts: Sequence[str], flags: int = os.O_RDONLY, mode: int = 0) -> int:
    """Open a regular file below an opened folder; returns its descriptor.

    Raises:
        NotAFile: something else is there. IsADirectoryError: it is a folder.
        OSError: it cannot be opened.
    """
    with _descended_from(place, parts[:-1]) as last:
        try:
            opened = os.open(parts[-1], flags | _SAFE, mode, dir_fd=last)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP):
                raise NotAFile(errno.EINVAL, "it is not a file", parts[-1]) from error
            raise
    try:
        _check_regular(opened, parts[-1])
    except BaseException:
        os.close(opened)
        raise
    return opened


def open_file(root: Path, path: Path, flags: int = os.O_RDONLY, mode: int = _PRIVATE) -> int:
    """Open a regular file; returns its descriptor. Raises as `open_below`."""
    with folder_at(root, path.parent) as place:
        return open_below(place, [path.name], flags, mode)


def read(root: Path, path: Path, most: int) -> bytes:
    """Read a file, its first `most` bytes. Raises OSError."""
    with os.fdopen(open_file(root, path), "rb") as opened:
        return opened.read(most)


def append(root: Path, path: Path) -> BinaryIO:
    """Open a file to add to it, unbuffered; it is made where it is missing. Raises OSError."""
    opened = open_file(root, path, _WRITE | os.O_APPEND)
    return os.fdopen(opened, "wb", buffering=0)


@contextmanager
def replacing(root: Path, path: Path, *, sync: bool = False) -> Iterator[BinaryIO]:
    """Write a file that takes the place of `path` in one step, once the block has ended well.

    Args:
        sync: it is on the disk then, to outlive the machine's end, not only a process's.

    Raises:
        OSError: `path` is as it was.
    """
    partial = f".{path.name}.{os.getpid()}"
    with folder_at(root, path.parent) as place:
        with suppress(FileNotFoundError):
            os.unlink(partial, dir_fd=place)
        descriptor = open_below(place, [partial], _WRITE | os.O_EXCL, _PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                yield opened
                if sync:
                    opened.flush()
                    os.fsync(opened.fileno())
            os.replace(partial, path.name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(OSError):
                os.unlink(partial, dir_fd=place)
            raise


def make_folders(place: int, parts: Sequence[str]) -> None:
    """Make a folder below an opened one, and those on the way. Raises OSError."""
    for count in range(len(parts)):
        with _descended_from(place, parts[:count]) as last, suppress(FileExistsError):
            os.mkdir(parts[count], dir_fd=last)


def entries(place: int) -> list[FolderEntry]:
    """What is in an opened folder, in the order of the names; who goes meanwhile is left out."""
    found = []
    for name in sorted(os.listdir(place)):
        with suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=place, follow_symlinks=False)
            found.append(FolderEntry((name,), place, status))
    return found


def walk(root: Path, path: Path, *, strict: bool = False) -> Iterator[FolderEntry]:
    """All that lies in a folder, each folder before what is in it, however deep it is.

    Args:
        strict: raise OSError for a folder that cannot be read; else it counts as empty.
    """
    left: list[tuple[str, ...]] = [()]
    at: tuple[str, ...] = ()  # the folder that is open
    place = -1
    with folder_at(root, path) as top:
        try:
            while left:
                parts = left.pop()
                try:
                    place, at = _moved(top, place, at, parts), parts
                    found = entries(place)
                except OSError:
                    if strict:
                        raise
                    continue
                for entry in found:
                    yield FolderEntry((*parts, entry.name), place, entry.status)
                folders = [one.name for one in found if stat.S_ISDIR(one.status.st_mode)]
                left += [(*parts, name) for name in reversed(folders)]
        finally:
            if place >= 0:
                os.close(place)


def _moved(top: int, place: int, at: tuple[str, ...], parts: tuple[str, ...]) -> int:
    """From one folder of a walk to the next, which most often lies in it; closes the former."""
    if place >= 0 and parts[:-1] == at:
        source, way = place, parts[-1:]
    else:
        source, way = top, parts
    with _descended_from(source, way) as found:
        opened = os.dup(found)
    if place >= 0:
        os.close(place)
    return opened


@contextmanager
def _descended(base: Path, parts: Sequence[str]) -> Iterator[int]:
    # What leads to the folder of all jobs is the user's, who may have links there.
    place = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with _descended_from(place, parts) as found:
            yield found
    finally:
        os.close(place)


@contextmanager
def _descended_from(place: int, parts: Sequence[str]) -> Iterator[int]:
    """A folder below an opened one, which stays open."""
    last = os.dup(place)
    try:
        for part in parts:
            above, last = last, os.open(part, _FOLDER, dir_fd=last)
            os.close(above)
        yield last
    finally:
        os.close(last)


def _check_regular(descriptor: int, name: str) -> None:
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(kind):
        raise NotAFile(errno.EINVAL, "it is not a file", name)
