"""Steps of downloading results, as frozen values."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FETCHED_BY_ANOTHER = "waiting for another program of yours: the service sends one file at a time"


class FileDownloading(NamedTuple):
    """A file is being downloaded.

    Attributes:
        name: name as the service lists it.
        done: bytes so far.
        total: bytes in all; None if not known.
        number: number of the file, from 1.
        count: number of files.
        waits: whether it waits for the download of another process of the same user.
    """

    name: str
    done: int
    total: int | None
    number: int
    count: int  # type: ignore[assignment]  # hides a method of tuple that nobody needs
    waits: bool = False


class FileDownloaded(NamedTuple):
    """A file was downloaded.

    Attributes:
        name: name as the service lists it.
        path: local path.
        size: size in bytes.
        is_verified: whether it is known to be complete.
    """

    name: str
    path: Path
    size: int
    is_verified: bool


class FileUpToDate(NamedTuple):
    """A file that was here already, complete and unchanged: not downloaded again.

    Attributes:
        name: name as the service lists it.
        path: local path.
    """

    name: str
    path: Path


class FileLeft(NamedTuple):
    """A file that was not downloaded.

    Attributes:
        name: name as the service lists it.
        reason: why, for the user.
        may_replace: whether the user can allow to replace the local file.
    """

    name: str
    reason: str
    may_replace: bool


class FolderSkipped(NamedTuple):
    """A folder, which cannot be downloaded.

    Attributes:
        name: name as the service lists it.
        reason: why, for the user.
    """

    name: str
    reason: str


Step = FileDownloading | FileDownloaded | FileUpToDate | FileLeft | FolderSkipped
