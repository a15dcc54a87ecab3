"""The files of a job: lists as each system gives them, and opening one of them.

A job owns its folder and may put anything into it, links and pipes too: names are looked
up in an opened folder, links are not followed, and only regular files are opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from bspsa_widgets.service.executors.main_file import top_folder
from bspsa_widgets.service.job_folder import JobFolder
from bspsa_widgets.service.store import StoredJob

_RESULTS = ("STDOUT", "STDERR", "output.tar.gz")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class IsFolder(Exception):
    """The name is a folder's, which cannot be downloaded."""


class OpenedFile(NamedTuple):
    """A regular file, opened. `size`: bytes at that moment. `file` must be closed."""

    file: BinaryIO
    size: int


def list_files(job: StoredJob, folder: JobFolder) -> list[str] | list[dict[str, str]]:
    """The job's files in the shape of its system and state. Blocks."""
    if job.hpc == "pizdaint":
        return ["/" + entry.name for entry in _entries(folder.work) if _is_shown(entry)]
    if job.terminal:
        return [
            {"fileid": _file_id(job, name), "filename": name, "length": str(size)}
            for name, size in _results(folder)
        ]
    return [_working_file(entry, status) for entry, status in _with_status(_working(folder))]


def open_file(job: StoredJob, folder: JobFolder, key: str) -> OpenedFile:
    """Open what a download names: a file name, or NSG's file id once the job is over.

    Raises:
        FileNotFoundError: no such regular file. IsFolder: it is a folder.
    """
    if job.hpc == "pizdaint":
        # Decoded once more, and so it may name a file in a folder: as on the real service.
        return _open(folder.work, unquote(key))
    if job.terminal:
        for name in _RESULTS:
            if key == _file_id(job, name):
                return _open(folder.results, name)
        raise FileNotFoundError(key)
    if key in _RESULTS:
        return _open(folder.results, key)
    return _open(top_folder(folder.work), key)


def _file_id(job: StoredJob, name: str) -> str:
    return str(job.id * 10 + _RESULTS.index(name))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return


def _is_shown(entry: os.DirEntry[str]) -> bool:
    is_text = not any("\ud800" <= character <= "\udfff" for character in entry.name)
    regular = entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
    return is_text and regular


def _results(folder: JobFolder) -> Iterator[tuple[str, int]]:
    found = {entry.name: entry for entry in _entries(folder.results)}
    named = (found[name] for name in _RESULTS if name in found)
    for entry, status in _with_status(named):
        if stat.S_ISREG(status.st_mode):
            yield entry.name, status.st_size


def _with_status(
    entries: Iterable[os.DirEntry[str]],
) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """Without those that are gone meanwhile: a job runs, or is just removed."""
    for entry in entries:
        with suppress(FileNotFoundError):
            yield entry, entry.stat(follow_symlinks=False)


def _working(folder: JobFolder) -> Iterator[os.DirEntry[str]]:
    for entry in _entries(folder.results):
        if entry.name in _RESULTS[:2]:
            yield entry
    for entry in _entries(top_folder(folder.work)):
        if _is_shown(entry) and entry.is_file(follow_symlinks=False) and entry.name not in _RESULTS:
            yield entry


def _working_file(entry: os.DirEntry[str], status: os.stat_result) -> dict[str, str]:
    modified = datetime.fromtimestamp(int(status.st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"filename": entry.name, "length": str(status.st_size), "modified": modified}


def _open(folder: Path, name: str) -> OpenedFile:
    """A file in `folder`, or below it (`dir/x`), by way of no link."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in name:
        raise FileNotFoundError(name)
    try:
        place = os.open(folder, _FOLDER)
        for part in parts[:-1]:
            place = _step(place, part)
        try:
            # Non-blocking: a pipe of that name must not hang the service.
            opened = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
        finally:
            os.close(place)
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            raise
        raise FileNotFoundError(name) from error
    return _regular(opened, name)


def _step(place: int, name: str) -> int:
    """From an opened folder into one below it; the former is closed."""
    try:
        return os.open(name, _FOLDER, dir_fd=place)
    finally:
        os.close(place)


def _regular(descriptor: int, name: str) -> OpenedFile:
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return OpenedFile(os.fdopen(descriptor, "rb"), status.st_size)
    os.close(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise IsFolder(name)
    raise FileNotFoundError(name)
