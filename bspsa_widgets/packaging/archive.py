"""The bytes: one zip with one top-level folder, sealed with its size and hash.

The same selection gives the same bytes: entries in a fixed order, each dated by its own
modification time (within what a zip can hold), no other date.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from bspsa_widgets.domain.archive import SealedArchive
from bspsa_widgets.domain.filenames import archive_name
from bspsa_widgets.errors import PackingError, Stopped
from bspsa_widgets.packaging.manifest import Entry, Manifest
from bspsa_widgets.packaging.selection import Selection

CHUNK = 1 << 20  # bytes read at once: also how soon a cancel is noticed
LEVEL = 1  # zlib: measured 1.7 times as fast as level 6 for 4 % more bytes

Progress = Callable[[int, int], None]


class Packed(NamedTuple):
    """A sealed archive and the list of what is in it."""

    archive: SealedArchive
    manifest: Manifest


def pack(
    selection: Selection,
    target: Path | None = None,
    *,
    progress: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Packed:
    """Write the zip. Blocks: run it in a worker thread.

    Args:
        selection: what travels.
        target: where the zip is to lie; None for a temporary file that the caller removes
            (`archive.path.unlink()`).
        progress: called with bytes read and bytes in all.
        stopped: asked about every MiB; True ends it.

    Raises:
        Stopped: `stopped` said so; nothing is left behind.
        PackingError: a file cannot be read or changes meanwhile, or the disk is full.
    """
    name = archive_name(selection.folder.name)
    part: Path | None = None
    try:
        handle, part_name = tempfile.mkstemp(
            prefix=".bspsa-", suffix=".zip", dir=target.parent if target else None
        )
        part = Path(part_name)
        with os.fdopen(handle, "w+b") as file:
            manifest = _Writer(selection, progress, stopped).write(file)
            size, digest = _seal(file)
        path = part if target is None else _put(part, target)
    except BaseException as error:
        if part is not None:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise PackingError(
                f"The archive could not be written: {error.strerror or error}.",
                advice="Nothing was sent. Look at the free space on the disk.",
            ) from None
        raise
    archive = SealedArchive(
        name=name,
        path=path,
        size=size,
        sha256=digest,
        folder=selection.folder.name,
        files=len(manifest.entries),
        file_names=tuple(entry.path for entry in manifest.entries),
    )
    return Packed(archive, manifest)


class _Writer:
    """One pass over a selection, into one zip."""

    def __init__(
        self, selection: Selection, progress: Progress | None, stopped: Callable[[], bool]
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
            return Manifest(
                tuple(self._add(target, member.path) for member in self._selection.members)
            )

    def _add(self, target: zipfile.ZipFile, path: str) -> Entry:
        source = self._selection.folder / path
        try:
            # Non-blocking: a FIFO that took the file's place must not hang us.
            handle = os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            raise PackingError(f"{path} cannot be read: {error.strerror}.") from None
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            os.close(handle)
            raise PackingError(f"{path} is not a file any more.")
        with os.fdopen(handle, "rb") as file:
            digest = hashlib.sha256()
            size = 0
            info = _header(f"{self._selection.folder.name}/{path}", before)
            with target.open(info, "w", force_zip64=before.st_size > 1 << 30) as sink:
                # No further than it was long: a file written to all the time has no end.
                while size <= before.st_size and (piece := file.read(CHUNK)):
                    sink.write(piece)
                    digest.update(piece)
                    size += len(piece)
                    self._tell(len(piece))
            after = os.fstat(handle)
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, size):
            raise PackingError(
                f"{path} changed while it was packed.",
                advice="Nothing was sent. Wait until it is written, then submit again.",
            )
        return Entry(path, size, digest.hexdigest(), info.external_attr >> 16)

    def _tell(self, read: int) -> None:
        self._done += read
        if self._progress:
            self._progress(self._done, self._total)
        if self._stopped():
            raise Stopped


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
