"""Unpacks an archive of results into a new folder beside it, completely or not at all."""

from __future__ import annotations

import gzip
import os
import re
import secrets
import shutil
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.names_here import another
from bspsa_widgets.domain.throttle import throttled
from bspsa_widgets.errors import DownloadError, Stopped
from bspsa_widgets.results.bounded_stream import BoundedStream
from bspsa_widgets.threads import until_stopped

MOST_MEMBERS = 20_000
MOST_BYTES = 20_000_000_000  # unpacked
MOST_RATIO = 200  # of unpacked to packed size; numbers as text have about 10, zeros 1000
FREE_BYTES = 200_000_000  # unpacked size up to which the ratio is not checked
MOST_PATH = 240  # bytes of a path within the folder
MOST_DEPTH = 20  # folders within each other
CHUNK = 1 << 18

Progress = Callable[[int, int], None]

_ENDINGS = (".tar.gz", ".tgz", ".tar")
_OUTSIDE = re.compile(r"[/\\]|[A-Za-z]:")  # beginning of an absolute path
_DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, RecursionError)


class MemberLeft(NamedTuple):
    """A member that was not unpacked, or was renamed.

    Attributes:
        name: name in the archive.
        reason: why it was not unpacked; for a renamed member, its new name.
    """

    name: str
    reason: str


class UnpackResult(NamedTuple):
    """Result of unpacking an archive.

    Attributes:
        folder: the new folder.
        files: number of files.
        size: size of the files in bytes.
        left: members that were not unpacked.
        renamed: members that were renamed.
    """

    folder: Path
    files: int
    size: int
    left: tuple[MemberLeft, ...] = ()
    renamed: tuple[MemberLeft, ...] = ()


def can_unpack(name: str) -> bool:
    """Return whether a file can be unpacked, judged by its name.

    Args:
        name: name of the file.

    Returns:
        True if it can.
    """
    return name.lower().endswith(_ENDINGS)


def folder_of(archive: Path, place: Path) -> Path:
    """Return the folder for an archive's content: its name without the suffix.

    Args:
        archive: the archive.
        place: parent of the new folder.

    Returns:
        the folder.
    """
    ending = next((end for end in _ENDINGS if archive.name.lower().endswith(end)), "")
    stem = safe_name(archive.name[: len(archive.name) - len(ending)])
    folder = place / stem
    if os.path.lexists(folder) and not folder.is_dir():
        return place / f"{stem}-unpacked"  # a result may have this name, too
    return folder


async def unpacking(archive: Path, place: Path, progress: Progress | None = None) -> UnpackResult:
    """Unpack in a thread, as `unpack` does; a cancel leaves nothing behind.

    Args:
        archive: the archive.
        place: parent of the new folder.
        progress: called with the bytes of the archive read so far, and in all.

    Returns:
        the result.
    """
    stop = threading.Event()
    work = partial(unpack, archive, place, progress=progress, should_stop=stop.is_set)
    return await until_stopped(work, stop)


def unpack(
    archive: Path,
    place: Path,
    *,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> UnpackResult:
    """Unpack a tar file, compressed by gzip or not, into a new folder. Blocks.

    Links, devices and paths that lead out of the folder are skipped and reported. Nothing is
    replaced: of two members with the same name, the later one is renamed.

    Args:
        archive: the archive.
        place: parent of the new folder, normally the archive's own folder.
        progress: called with the bytes of the archive read so far, and in all.
        should_stop: called often; True cancels.

    Returns:
        the result.

    Raises:
        DownloadError: the archive is damaged or too large, or its folder exists; nothing is left
            behind.
        Stopped: `should_stop` returned True.
    """
    folder = _new_folder(archive, place)
    part = place / f".part-{secrets.token_hex(6)}"
    try:
        part.mkdir()
        with _opened(archive, progress, should_stop) as stream:
            unpacked = _Unpacking(part).all_of(stream)
        part.rename(folder)
    except _DAMAGED as error:
        reason = str(error) or type(error).__name__
        raise DownloadError(
            f"{archive.name} cannot be unpacked: it is damaged or no archive ({reason:.80}).",
            advice="Download it again.",
        ) from None
    except OSError as error:
        raise DownloadError(
            f"{archive.name} cannot be unpacked: {error.strerror or type(error).__name__}.",
            advice="Look at the folder and the free space.",
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return unpacked._replace(folder=folder)


def _new_folder(archive: Path, place: Path) -> Path:
    """Return the folder to unpack to; raise DownloadError if it exists."""
    folder = folder_of(archive, place)
    if os.path.lexists(folder):
        raise DownloadError(
            f"{folder.name} is already there; it was left as it is.",
            advice="Rename it or move it away to unpack the archive again.",
        )
    return folder


@contextmanager
def _opened(
    archive: Path, progress: Progress | None, should_stop: Callable[[], bool]
) -> Iterator[BoundedStream]:
    """Yield the archive's content as a stream."""
    size = archive.stat().st_size
    tell = throttled(progress) if progress else None

    def on_read() -> None:
        if should_stop():
            raise Stopped("Unpacking was cancelled; nothing of it is left.")
        if tell:
            tell(raw.tell(), size)

    with archive.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        most = min(MOST_BYTES, max(FREE_BYTES, MOST_RATIO * size))
        if not is_packed:
            yield BoundedStream(raw, most, on_read)
            return
        with gzip.GzipFile(fileobj=raw) as plain:
            yield BoundedStream(plain, most, on_read)


class _Unpacking:
    """Writes an archive's members into a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = self._size = 0
        self._left: list[MemberLeft] = []
        self._renamed: list[MemberLeft] = []

    def all_of(self, stream: BoundedStream) -> UnpackResult:
        """Write all members.

        Args:
            stream: content of the archive.

        Returns:
            the result.

        Raises:
            DownloadError: there are too many members.
        """
        with tarfile.TarFile(fileobj=stream, mode="r") as tar:  # type: ignore[arg-type]
            for number, member in enumerate(tar, 1):
                if number > MOST_MEMBERS:
                    raise DownloadError(
                        f"The archive holds more than {MOST_MEMBERS:,} files; nothing was kept.",
                        advice="Unpack it with a program of your choice.",
                    )
                reason = _refusal(member) or self._take(tar, member)
                if reason:
                    self._left.append(MemberLeft(member.name, reason))
            stream.finish()
        left, renamed = tuple(self._left), tuple(self._renamed)
        return UnpackResult(self._folder, self._files, self._size, left, renamed)

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
        """Write one member; return why it was skipped, or ""."""
        *parents, name = _parts(member.name) or [""]
        folder = self._folder.joinpath(*map(safe_name, parents))
        try:
            if hasattr(tarfile, "data_filter"):  # since 3.11.4: a second check after `_refusal`
                member = tarfile.data_filter(member, str(self._folder))
            if member.isdir():
                (folder / safe_name(name) if name else folder).mkdir(parents=True, exist_ok=True)
                return ""
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):  # since 3.13.4 also raised by the filter
            return "a file is in the place of its folder"
        except tarfile.FilterError:
            return "it leads out of the folder"
        content = tar.extractfile(member)
        if content is None or not name:
            return "it is not a plain file"
        with content, self._made(folder, name, member) as file:
            while piece := content.read(CHUNK):
                file.write(piece)
                self._size += len(piece)
        self._files += 1
        with suppress(OSError, OverflowError, ValueError):  # dates that a disk cannot store
            os.utime(file.name, (member.mtime, member.mtime))
        return ""

    def _made(self, folder: Path, name: str, member: tarfile.TarInfo) -> IO[bytes]:
        """Create a new file, with another name if its own is taken or not possible."""
        here, attempt = safe_name(name), 0
        mode = 0o777 if (member.mode or 0) & 0o100 else 0o666
        while True:
            try:
                # Exclusive: never overwrites a file or follows a link.
                file = open(folder / here, "xb", opener=partial(os.open, mode=mode))  # noqa: SIM115
            except FileExistsError:
                here = another(member.name, attempt)
                attempt += 1
                continue
            if here != name:
                self._renamed.append(MemberLeft(member.name, here))
            return file


def _refusal(member: tarfile.TarInfo) -> str:
    """Return why a member is skipped; "" if it is not."""
    parts = _parts(member.name)
    if member.issym() or member.islnk():
        return "it is a link"
    if not (member.isreg() or member.isdir()) or member.issparse():
        return "it is not a plain file"
    if _OUTSIDE.match(member.name) or ".." in parts:
        return "it leads out of the folder"
    if len(parts) > MOST_DEPTH or len(member.name.encode("utf-8", "replace")) > MOST_PATH:
        return "its path is too long"
    return ""


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", name) if part not in ("", ".")]
