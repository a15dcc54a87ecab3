"""The files of a job: lists in each system's format, and opening one file.

A job owns its folder and may create anything in it, also links and pipes. So files are listed
and opened only through `file_access`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from bspsa_widgets.service.executors.runner.main_file import NOT_TOP
from bspsa_widgets.service.storage import file_access
from bspsa_widgets.service.storage.file_access import FolderEntry
from bspsa_widgets.service.storage.job_folder import STDOUT_NAMES, JobFolder
from bspsa_widgets.service.storage.rows import StoredJob

_RESULTS = ("STDOUT", "STDERR", "output.tar.gz")
_LATEST = 253402300799  # the last second of the year 9999; a job can set any date on its files


class IsFolder(Exception):
    """Error for the name of a folder, which cannot be downloaded."""


class OpenedFile(NamedTuple):
    """An opened regular file. Whoever gets it must close `file`.

    Attributes:
        file: the file, opened for reading.
        size: its size when it was opened, in bytes.
    """

    file: BinaryIO
    size: int


def list_files(job: StoredJob, folder: JobFolder) -> list[str] | list[dict[str, str]]:
    """Return the job's files in the format of its system and state. Blocks.

    Args:
        job: the job.
        folder: its folder.

    Returns:
        Paths for Piz Daint; objects for NSG.
    """
    results = {entry.name: entry for entry in _listed(folder, folder.results) if _is_file(entry)}
    if job.hpc == "pizdaint":
        own = {entry.name for entry in _listed(folder, folder.work) if _is_shown(entry)}
        output_names = set(STDOUT_NAMES[job.hpc])
        return [
            f"/{name}" for name in sorted((own - output_names) | (results.keys() & output_names))
        ]
    if job.terminal:
        return [
            {
                "fileid": _file_id(job, name),
                "filename": name,
                "length": str(results[name].status.st_size),
            }
            for name in _RESULTS
            if name in results
        ]
    found = [results[name] for name in sorted(_RESULTS[:2]) if name in results]
    return [_working_file(entry) for entry in [*found, *_working(folder)]]


def open_file(job: StoredJob, folder: JobFolder, key: str) -> OpenedFile:
    """Open the file that a download names. Blocks.

    Args:
        job: the job.
        folder: its folder.
        key: file name, or for an ended NSG job the file's id.

    Returns:
        The opened file.

    Raises:
        FileNotFoundError: there is no such regular file.
        IsFolder: it is a folder.
    """
    if job.hpc == "pizdaint":
        # Decoded a second time, as on the real service; so it may name a file in a folder.
        name = unquote(key)
        return _open(folder, folder.results if name in STDOUT_NAMES[job.hpc] else folder.work, name)
    if job.terminal:
        for name in _RESULTS:
            if key == _file_id(job, name):
                return _open(folder, folder.results, name)
        raise FileNotFoundError(key)
    if key in _RESULTS:
        return _open(folder, folder.results, key)
    with _missing_as_not_found(key), _top(folder) as folder_fd:
        return _opened(folder_fd, key)


def _file_id(job: StoredJob, name: str) -> str:
    return str(job.id * 10 + _RESULTS.index(name))


def _listed(folder: JobFolder, path: Path) -> list[FolderEntry]:
    """Return the entries of a folder; empty if the job has removed it."""
    with _missing_is_empty(), file_access.folder_at(folder.path, path) as folder_fd:
        return file_access.entries(folder_fd)
    return []


def _is_shown(entry: FolderEntry) -> bool:
    is_text = not any("\ud800" <= character <= "\udfff" for character in entry.name)
    return is_text and (_is_file(entry) or stat.S_ISDIR(entry.status.st_mode))


def _is_file(entry: FolderEntry) -> bool:
    return stat.S_ISREG(entry.status.st_mode)


def _working(folder: JobFolder) -> Iterator[FolderEntry]:
    with _missing_is_empty(), _top(folder) as folder_fd:
        for entry in file_access.entries(folder_fd):
            if _is_shown(entry) and _is_file(entry) and entry.name not in _RESULTS:
                yield entry


@contextmanager
def _top(folder: JobFolder) -> Iterator[int]:
    """Open the archive's only top-level folder, or `work` if the archive has no such folder."""
    with file_access.folder_at(folder.path, folder.work) as work:
        found = [entry for entry in file_access.entries(work) if entry.name not in NOT_TOP]
        if len(found) != 1 or not stat.S_ISDIR(found[0].status.st_mode):
            yield work
            return
    with file_access.folder_at(folder.path, folder.work / found[0].name) as top:
        yield top


def _working_file(entry: FolderEntry) -> dict[str, str]:
    modified = datetime.fromtimestamp(min(max(int(entry.status.st_mtime), 0), _LATEST), UTC)
    return {
        "filename": entry.name,
        "length": str(entry.status.st_size),
        "modified": modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _open(folder: JobFolder, path: Path, name: str) -> OpenedFile:
    with _missing_as_not_found(name), file_access.folder_at(folder.path, path) as folder_fd:
        return _opened(folder_fd, name)


def _opened(folder_fd: int, name: str) -> OpenedFile:
    """Open a file in an opened folder, or below it (`dir/x`)."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in name:
        raise FileNotFoundError(name)
    try:
        descriptor = file_access.open_below(folder_fd, parts)
    except IsADirectoryError:
        raise IsFolder(name) from None
    return OpenedFile(os.fdopen(descriptor, "rb"), os.fstat(descriptor).st_size)


@contextmanager
def _missing_as_not_found(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            raise
        raise FileNotFoundError(name) from error


@contextmanager
def _missing_is_empty() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise
