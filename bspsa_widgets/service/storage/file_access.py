"""Opens files in a job's folder safely: a job may create anything in its folder.

Use no other way to open them. Below the folder of all jobs no link is followed, only regular
files are opened, and opening never waits, neither for a pipe nor for a file with a lease. In
all functions `root` is the job's own folder and `path` a path in it. All of them block on a
slow disk: call them in a worker thread.
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
    """Error for a name that is not that of a regular file."""


class FolderEntry(NamedTuple):
    """An entry of a folder.

    Attributes:
        parts: path of the entry, relative to the folder that is walked, as a tuple of names.
        folder_fd: descriptor of the folder that contains it, open until the next entry is taken.
        status: the entry's own status; for a link, not that of its target.
    """

    parts: tuple[str, ...]
    folder_fd: int
    status: os.stat_result

    @property
    def name(self) -> str:
        """Name of the entry."""
        return self.parts[-1]


@contextmanager
def folder_at(root: Path, path: Path) -> Iterator[int]:
    """Open a folder; its descriptor is closed at the end of the block.

    Args:
        root: the job's folder.
        path: the folder to open.

    Yields:
        The descriptor.

    Raises:
        OSError: it cannot be opened.
    """
    with _descended(root.parent, path.relative_to(root.parent).parts) as folder_fd:
        yield folder_fd


def open_below(
    folder_fd: int, parts: Sequence[str], flags: int = os.O_RDONLY, mode: int = 0
) -> int:
    """Open a regular file below an opened folder.

    Args:
        folder_fd: descriptor of the folder.
        parts: relative path of the file, as a sequence of names.
        flags: flags of `os.open`.
        mode: permissions of a new file.

    Returns:
        The file's descriptor.

    Raises:
        NotAFile: it is not a regular file.
        IsADirectoryError: it is a folder.
        OSError: it cannot be opened.
    """
    with _descended_from(folder_fd, parts[:-1]) as last:
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
    """Open a regular file.

    Args:
        root: the job's folder.
        path: the file.
        flags: flags of `os.open`.
        mode: permissions of a new file.

    Returns:
        The file's descriptor.

    Raises:
        NotAFile: it is not a regular file.
        IsADirectoryError: it is a folder.
        OSError: it cannot be opened.
    """
    with folder_at(root, path.parent) as folder_fd:
        return open_below(folder_fd, [path.name], flags, mode)


def read(root: Path, path: Path, max_bytes: int) -> bytes:
    """Return the beginning of a file.

    Args:
        root: the job's folder.
        path: the file.
        max_bytes: number of bytes to read at most.

    Returns:
        The bytes.

    Raises:
        OSError: it cannot be read.
    """
    with os.fdopen(open_file(root, path), "rb") as opened:
        return opened.read(max_bytes)


def append(root: Path, path: Path) -> BinaryIO:
    """Open a file for appending, unbuffered; it is created if it is missing.

    Args:
        root: the job's folder.
        path: the file.

    Returns:
        The opened file.

    Raises:
        OSError: it cannot be opened.
    """
    opened = open_file(root, path, _WRITE | os.O_APPEND)
    return os.fdopen(opened, "wb", buffering=0)


@contextmanager
def replacing(root: Path, path: Path, *, sync: bool = False) -> Iterator[BinaryIO]:
    """Write a new file that replaces `path` in one step when the block ends without an error.

    Args:
        root: the job's folder.
        path: the file to replace.
        sync: whether to flush it to the disk, so that it outlasts a power failure.

    Yields:
        The new file, opened for writing.

    Raises:
        OSError: it cannot be written; `path` is unchanged.
    """
    partial = f".{path.name}.{os.getpid()}"
    with folder_at(root, path.parent) as folder_fd:
        with suppress(FileNotFoundError):
            os.unlink(partial, dir_fd=folder_fd)
        descriptor = open_below(folder_fd, [partial], _WRITE | os.O_EXCL, _PRIVATE)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                yield opened
                if sync:
                    opened.flush()
                    os.fsync(opened.fileno())
            os.replace(partial, path.name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(partial, dir_fd=folder_fd)
            raise


def make_folders(folder_fd: int, parts: Sequence[str]) -> None:
    """Create a folder below an opened one, and the folders above it.

    Args:
        folder_fd: descriptor of the opened folder.
        parts: relative path of the new folder, as a sequence of names.

    Raises:
        OSError: it cannot be created.
    """
    for count in range(len(parts)):
        with _descended_from(folder_fd, parts[:count]) as last, suppress(FileExistsError):
            os.mkdir(parts[count], dir_fd=last)


def entries(folder_fd: int) -> list[FolderEntry]:
    """Return the entries of an opened folder, sorted by name; entries that vanish are left out.

    Args:
        folder_fd: descriptor of the folder.

    Returns:
        The entries.
    """
    found = []
    for name in sorted(os.listdir(folder_fd)):
        with suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
            found.append(FolderEntry((name,), folder_fd, status))
    return found


def walk(root: Path, path: Path, *, strict: bool = False) -> Iterator[FolderEntry]:
    """Yield everything in a folder, at any depth; each folder comes before its content.

    Args:
        root: the job's folder.
        path: the folder to walk.
        strict: whether to raise OSError for a subfolder that cannot be read; else it counts as
            empty.

    Yields:
        The entries.

    Raises:
        OSError: the folder, or with `strict` a subfolder, cannot be read.
    """
    pending: list[tuple[str, ...]] = [()]
    at: tuple[str, ...] = ()  # path of the open folder
    folder_fd = -1
    with folder_at(root, path) as top:
        try:
            while pending:
                parts = pending.pop()
                try:
                    folder_fd, at = _moved(top, folder_fd, at, parts), parts
                    found = entries(folder_fd)
                except OSError:
                    if strict:
                        raise
                    continue
                for entry in found:
                    yield FolderEntry((*parts, entry.name), folder_fd, entry.status)
                folders = [entry.name for entry in found if stat.S_ISDIR(entry.status.st_mode)]
                pending += [(*parts, name) for name in reversed(folders)]
        finally:
            if folder_fd >= 0:
                os.close(folder_fd)


def _moved(top: int, folder_fd: int, at: tuple[str, ...], parts: tuple[str, ...]) -> int:
    """Open the next folder of a walk, and close the previous one, which usually contains it."""
    if folder_fd >= 0 and parts[:-1] == at:
        source, path = folder_fd, parts[-1:]
    else:
        source, path = top, parts
    with _descended_from(source, path) as found:
        opened = os.dup(found)
    if folder_fd >= 0:
        os.close(folder_fd)
    return opened


@contextmanager
def _descended(base: Path, parts: Sequence[str]) -> Iterator[int]:
    # The path to the folder of all jobs is the user's own and may contain links.
    folder_fd = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with _descended_from(folder_fd, parts) as found:
            yield found
    finally:
        os.close(folder_fd)


@contextmanager
def _descended_from(folder_fd: int, parts: Sequence[str]) -> Iterator[int]:
    """Open a folder below an opened one, which stays open."""
    last = os.dup(folder_fd)
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
