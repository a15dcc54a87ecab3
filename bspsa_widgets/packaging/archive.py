"""The bytes: one zip with one top-level folder, sealed with its size and hash.

The same selection gives the same bytes: entries in a fixed order, each file dated by its
own modification time (within what a zip can hold), no other date. Folders without files
come last and have a fixed date: theirs changes with files that do not travel.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.filenames import archive_name
from bspsa_widgets.errors import PackingError, Stopped
from bspsa_widgets.packaging.manifest import Entry, Manifest
from bspsa_widgets.packaging.selection import Selection, nothing_to_send

CHUNK = 1 << 20  # bytes read at once: also how soon a cancel is noticed
LEVEL = 1  # zlib: measured 1.7 times as fast as level 6 for 4 % more bytes


class Progress(NamedTuple):
    """How far packing is: bytes read and in all, files done and in all."""

    done: int
    total: int
    files: int
    all_files: int


Tell = Callable[[Progress], None]


class Packed(NamedTuple):
    """A sealed archive and the list of what is in it."""

    archive: SealedArchive
    manifest: Manifest


def pack(
    selection: Selection,
    target: Path | None = None,
    *,
    progress: Tell | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Packed:
    """Write the zip. Blocks: run it in a worker thread.

    Args:
        selection: what travels.
        target: where the zip is to lie (in the folder too: it leaves itself out); None for
            a temporary file that the caller removes (`archive.path.unlink()`).
        progress: told how far it is.
        stopped: asked at every file and every MiB; True ends it.

    Raises:
        Stopped: `stopped` said so; nothing is left behind.
        InvalidInput: of field `folder`: all that would travel is the target itself.
        PackingError: a file cannot be read or changes meanwhile, or the disk is full.
    """
    selection = _without_target(selection, target)
    with _part_for(target) as (part, file):
        with file:
            manifest = _Writer(selection, progress, stopped).write(file)
            size, digest = _seal(file)
        path = part if target is None else _put(part, target)
    archive = SealedArchive(
        name=archive_name(selection.folder.name),
        path=path,
        size=size,
        sha256=digest,
        folder=selection.folder.name,
        files=len(manifest.entries),
        file_names=tuple(entry.path for entry in manifest.entries),
    )
    return Packed(archive, manifest)


def _without_target(selection: Selection, target: Path | None) -> Selection:
    """An older archive that is about to be replaced does not travel in the new one."""
    if target is None:
        return selection
    try:
        place = target.parent.resolve() / target.name
        inside = place.relative_to(selection.folder).as_posix()
        old = place.lstat()
    except (OSError, ValueError):  # it is outside of the folder, or not there yet
        return selection
    members = tuple(
        member
        for member in selection.members
        if member.path != inside and not _is_same(selection.folder / member.path, old)
    )
    if not members:
        raise nothing_to_send(selection.folder, len(selection.left_out))
    return selection._replace(members=members)


def _is_same(path: Path, old: os.stat_result) -> bool:
    """Whether it is that file, by another name or by a link."""
    try:
        return os.path.samestat(path.stat(), old)
    except OSError:
        return False  # to be told when it is packed


@contextmanager
def _part_for(target: Path | None) -> Iterator[tuple[Path, BinaryIO]]:
    """A temporary file beside the target, to be closed by the caller.

    No error leaves it behind; the disk's errors are told as such.
    """
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(
            prefix=".bspsa-", suffix=".zip", dir=target.parent if target else None
        )
        part = Path(name)
        yield part, os.fdopen(handle, "w+b")
    except BaseException as error:
        if part is not None:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise PackingError(
                f"The archive could not be written: {error.strerror or error}.",
                advice="Nothing was sent. Look at the free space on the disk.",
            ) from None
        raise


class _Writer:
    """One pass over a selection, into one zip."""

    def __init__(
        self, selection: Selection, progress: Tell | None, stopped: Callable[[], bool]
    ) -> None:
        self._selection = selection
        self._progress = progress
        self._stopped = stopped
        self._total = selection.size
        self._done = 0

    def write(self, file: BinaryIO) -> Manifest:
        with zipfile.ZipFile(
            file,
            "w",
            zipfile.ZIP_DEFLATED,
            compresslevel=LEVEL,
            strict_timestamps=False,
        ) as target:
            entries = [self._add(target, member.path) for member in self._selection.members]
            for folder in self._selection.empty_folders:
                self._ask()
                target.writestr(_folder_header(f"{self._selection.folder.name}/{folder}/"), b"")
            return Manifest(tuple(entries))

    def _add(self, target: zipfile.ZipFile, path: str) -> Entry:
        self._ask()  # for each: empty files have no pieces
        with _source(self._selection.folder, path) as file:
            before = os.fstat(file.fileno())
            info = _header(f"{self._selection.folder.name}/{path}", before)
            with target.open(info, "w", force_zip64=before.st_size > 1 << 30) as sink:
                size, digest = self._copy(file, sink, path, before.st_size)
            after = os.fstat(file.fileno())
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, size):
            raise PackingError(
                f"{path} changed while it was packed.",
                advice="Nothing was sent. Wait until it is written, then submit again.",
            )
        return Entry(path, size, digest, info.external_attr >> 16)

    def _copy(self, file: BinaryIO, sink: IO[bytes], path: str, most: int) -> tuple[int, str]:
        digest = hashlib.sha256()
        size = 0
        # No further than it was long: a file written to all the time has no end.
        while size <= most and (piece := _read(file, path)):
            sink.write(piece)
            digest.update(piece)
            size += len(piece)
            self._tell(len(piece))
        return size, digest.hexdigest()

    def _tell(self, read: int) -> None:
        self._done += read
        if self._progress:
            files = len(self._selection.members)
            self._progress(Progress(self._done, self._total, 0, files))
        self._ask()

    def _ask(self) -> None:
        if self._stopped():
            raise Stopped


def _source(folder: Path, path: str) -> BinaryIO:
    try:
        # Non-blocking: a FIFO that took the file's place must not hang us.
        handle = os.open(folder / path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise PackingError(f"{path} is not a file any more.")
    return os.fdopen(handle, "rb")


def _read(file: BinaryIO, path: str) -> bytes:
    try:
        return file.read(CHUNK)
    except OSError as error:  # this file's, not the archive's disk
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError) -> PackingError:
    return PackingError(
        f"{path} cannot be read: {error.strerror}.",
        advice="Nothing was sent. Look at this file, or move it out of the folder.",
    )


def _header(name: str, about: os.stat_result) -> zipfile.ZipInfo:
    """Name, date (a zip holds 1980 to 2107) and mode; the umask's work is left out."""
    date = time.localtime(about.st_mtime)[:6]
    if not 1980 <= date[0] <= 2107:
        date = (1980, 1, 1, 0, 0, 0) if date[0] < 1980 else (2107, 12, 31, 23, 59, 58)
    info = zipfile.ZipInfo(name, date)
    info.compress_type = zipfile.ZIP_DEFLATED
    mode = 0o755 if about.st_mode & 0o100 else 0o644
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.create_system = 3  # Unix: so that unzip restores the mode
    return info


def _folder_header(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.external_attr = (stat.S_IFDIR | 0o755) << 16 | 0x10  # 0x10: a folder, for DOS
    info.create_system = 3
    return info


def _seal(file: BinaryIO) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    file.seek(0)
    while piece := file.read(CHUNK):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _put(part: Path, target: Path) -> Path:
    """Into its place, with the mode of any new file: a temporary one is private."""
    umask = os.umask(0)
    os.umask(umask)
    part.chmod(0o666 & ~umask)
    return part.replace(target)
