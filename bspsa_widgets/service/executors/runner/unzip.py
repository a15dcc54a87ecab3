"""Unpacks a user's zip; everything is checked before the first byte is written.

`zipfile.extractall` renames some entries silently, drops exec bits, turns links into files,
lets duplicates overwrite each other, and has no limit.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

from bspsa_widgets.service.config.job_settings import is_inside
from bspsa_widgets.service.executors.runner.failure import JobFailure
from bspsa_widgets.service.executors.runner.limits import size_text
from bspsa_widgets.service.storage import file_access

MAX_FILES: Final = 100_000
MAX_BYTES: Final = 10 * 2**30
_CHUNK = 2**20

_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError,
)  # fmt: skip


def unpack(
    root: Path,
    archive: Path,
    target: Path,
    check: Callable[[], None],
    max_bytes: int | None = None,
) -> None:
    """Unpack an archive into an empty folder; exec bits are kept. Blocks.

    Args:
        root: the job's folder, which contains `archive` and `target`.
        archive: the zip.
        target: the empty folder.
        check: called regularly; what it raises ends the unpacking.
        max_bytes: limit of the unpacked size; None or more: `MAX_BYTES`.

    Raises:
        JobFailure: the archive is not a valid zip, or has names, links or sizes that are refused;
            the message is for the user.
    """
    try:
        with (
            os.fdopen(file_access.open_file(root, archive), "rb") as file,
            zipfile.ZipFile(file) as opened,
            file_access.folder_at(root, target) as folder_fd,
        ):
            members = opened.infolist()
            _check_members(members, MAX_BYTES if max_bytes is None else min(max_bytes, MAX_BYTES))
            for member in members:
                check()
                _extract(opened, member, folder_fd, check)
    except _UNREADABLE as error:
        raise JobFailure(f"The archive cannot be unpacked: {error}") from error
    except OSError as error:
        raise JobFailure(f"The archive cannot be unpacked: {error.strerror or error}") from error


def _check_members(members: Sequence[zipfile.ZipInfo], maximum: int) -> None:
    if not members:
        raise JobFailure("The archive is empty.")
    if len(members) > MAX_FILES:
        raise JobFailure(f"The archive holds {len(members)} files; at most {MAX_FILES} may be.")
    total = sum(member.file_size for member in members)
    if total > maximum:
        raise JobFailure(
            f"The archive would unpack to {total} bytes; "
            f"at most {maximum} ({size_text(maximum)}) may be."
        )
    for member in members:
        _check_member(member)
    _check_unique(members)


def _check_member(member: zipfile.ZipInfo) -> None:
    # orig_filename: in `filename` zipfile cuts at a NUL and replaces separators.
    name = member.orig_filename
    if not is_inside(name.removesuffix("/")):
        raise JobFailure(f"The archive holds the name {name!r:.120}, which leads outside of it.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise JobFailure(f"The archive holds {name!r:.120}, a link or special file.")
    if member.flag_bits & 0x1:
        raise JobFailure(f"The archive holds {name!r:.120}, which is encrypted.")


def _check_unique(members: Sequence[zipfile.ZipInfo]) -> None:
    files: set[str] = set()
    folders: set[str] = set()
    for member in members:
        name = member.filename.removesuffix("/")
        folders.update(str(parent) for parent in Path(name).parents)
        if member.is_dir():
            folders.add(name)
        elif name in files:
            raise JobFailure(f"The archive holds {name!r:.120} twice.")
        else:
            files.add(name)
    if both := files & folders:
        raise JobFailure(f"The archive holds {min(both)!r:.120} as a file and as a folder.")


def _extract(
    opened: zipfile.ZipFile, member: zipfile.ZipInfo, folder_fd: int, check: Callable[[], None]
) -> None:
    parts = member.filename.removesuffix("/").split("/")
    file_access.make_folders(folder_fd, parts if member.is_dir() else parts[:-1])
    if member.is_dir():
        return
    created = file_access.open_below(folder_fd, parts, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(created, "wb") as sink, opened.open(member) as source:
        _copy(source, sink, member.file_size, check)
        if (member.external_attr >> 16) & 0o111:
            os.fchmod(created, 0o755)


def _copy(source: IO[bytes], sink: IO[bytes], length: int, check: Callable[[], None]) -> None:
    """Copy a file; one that is longer than its declared size is refused."""
    copied = 0
    while chunk := source.read(_CHUNK):
        check()
        copied += len(chunk)
        if copied > length:
            raise zipfile.BadZipFile("a file is longer than it says")
        sink.write(chunk)
