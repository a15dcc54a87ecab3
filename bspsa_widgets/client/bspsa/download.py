"""Write a result file: to a temporary file, checked for length, then moved to its place."""

from __future__ import annotations

import hashlib
import math
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.domain.jobs import number
from bspsa_widgets.errors import DownloadError
from bspsa_widgets.threads import to_its_end

Progress = Callable[[int, int], None]

LARGEST = "BSPSA_MAX_FILE_GB"  # environment variable: largest file to download, in GB
_AT_ONCE = 1 << 20  # bytes per write
USUAL_LARGEST = 10.0  # GB: an endless response must not fill the disk


def largest_file() -> int:
    """Return the size of the largest file that may be downloaded.

    Returns:
        Bytes: as the environment variable BSPSA_MAX_FILE_GB says, else 10 GB.

    Raises:
        DownloadError: if the variable holds no size.
    """
    given = os.environ.get(LARGEST, "").strip()
    size = USUAL_LARGEST
    if given:
        size = number(given) or 0.0
    if size <= 0:
        raise DownloadError(
            f"{LARGEST} is {given!r:.40}, which is no size.",
            advice="Set it to a number of GB above 0, for example 50, or remove it.",
        )
    return int(size * 1e9)


class Fetched(NamedTuple):
    """A downloaded file.

    Attributes:
        path: where it was written.
        size: bytes.
        sha256: digest of the written bytes, hex.
        modified: its modification time after writing, ns since the epoch.
        is_verified: whether its length is the announced one; False if none was announced.
    """

    path: Path
    size: int
    sha256: str
    modified: int
    is_verified: bool


def place_for(folder: Path, name: str, *, overwrite: bool = False) -> Path:
    """Return the path for a file that a server calls `name`: always inside `folder`. Blocks.

    Args:
        folder: the target folder.
        name: name as the server gave it.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path.

    Raises:
        DownloadError: if a file is there already and must not be replaced, or a folder or a
            link is there.
    """
    place = folder / safe_name(name)
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise DownloadError(f"{place.name} is in the way in {folder}: it is not a plain file.")
    if place.exists() and not overwrite:
        raise DownloadError(
            f"{place.name} is already in {folder}; it was left as it is.",
            advice="Choose another folder, or allow it to be replaced.",
        )
    return place


async def save(
    pieces: AsyncIterator[bytes],
    place: Path,
    *,
    length: int | None,
    most: int,
    overwrite: bool,
    progress: Progress | None = None,
) -> Fetched:
    """Write a download to a file, completely or not at all.

    Args:
        pieces: the bytes as they arrive.
        place: path of the file.
        length: announced bytes; None if none were announced.
        most: largest allowed size, bytes (`largest_file`).
        overwrite: whether a file that exists by then may be replaced.
        progress: called with bytes so far and bytes in all (0 if unknown).

    Returns:
        The file.

    Raises:
        DownloadError: if fewer bytes came than announced, or more than allowed, if the disk
            refuses them, or if a file has appeared at `place`.
    """
    if length is not None and length > most:
        raise _too_large(place.name, most, length)
    part = _Part(place)
    try:
        await to_its_end(part.begin)
        got = await _take(part, pieces, length, most, progress)
        if length is not None and got != length:
            raise DownloadError(
                f"{place.name} came with {got} of {length} bytes and was thrown away.",
                advice="Download it again.",
            )
        sha256, modified = await to_its_end(part.move, overwrite=overwrite)
        return Fetched(place, got, sha256, modified, is_verified=length is not None)
    except OSError as error:
        raise DownloadError(
            f"{place.name} could not be written: {error.strerror}.",
            advice="Look at the folder and the free space.",
        ) from None
    finally:
        await to_its_end(part.discard)


async def _take(
    part: _Part,
    pieces: AsyncIterator[bytes],
    length: int | None,
    most: int,
    progress: Progress | None,
) -> int:
    """Write all bytes, and return their number."""
    got, waiting = 0, bytearray()
    async for piece in pieces:
        got += len(piece)
        if got > most:
            raise _too_large(part.place.name, most, None)
        waiting += piece
        if len(waiting) >= _AT_ONCE:
            await to_its_end(part.add, waiting)
            waiting = bytearray()
        if progress:
            progress(got, length or 0)
    await to_its_end(part.add, waiting)
    return got


class _Part:
    """The temporary file beside its final place. All methods block: the disk may be remote."""

    def __init__(self, place: Path) -> None:
        self.place = place
        # Usual permissions, not those of mkstemp: storage may be shared with colleagues.
        self._path = place.with_name(f".part-{secrets.token_hex(6)}")
        self._digest = hashlib.sha256()
        self._file: BufferedWriter | None = None

    def begin(self) -> None:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb")

    def add(self, data: bytes | bytearray) -> None:
        if self._file is not None:
            self._file.write(data)
            self._digest.update(data)

    def move(self, *, overwrite: bool) -> tuple[str, int]:
        """Move the file to its place, and return its sha256 and modification time."""
        modified = 0
        if self._file is not None:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
            modified = self._path.stat().st_mtime_ns
        _move(self._path, self.place, overwrite)
        return self._digest.hexdigest(), modified

    def discard(self) -> None:
        """Delete the temporary file, if it was not moved."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._path.unlink(missing_ok=True)


def _too_large(name: str, most: int, length: int | None) -> DownloadError:
    allowed = f"{most / 1e9:g}"
    if length is None:
        told = f"{name} is larger than {allowed} GB; what had come was thrown away."
        wanted = f"{2 * most / 1e9:g}"
    else:
        told = f"{name} has {length / 1e9:.3g} GB; at most {allowed} GB are fetched."
        wanted = f"{math.ceil(length / 1e6) / 1e3}"
    return DownloadError(
        told,
        advice=f"To fetch it, set the environment variable {LARGEST} to {wanted} and download it "
        f"again; in a notebook: %env {LARGEST}={wanted}",
    )


def _move(part: Path, place: Path, overwrite: bool) -> None:
    if overwrite:
        part.replace(place)
        return
    try:
        os.link(part, place)  # unlike rename, fails where a file has appeared meanwhile
    except FileExistsError:
        raise DownloadError(f"{place.name} is already there; it was left as it is.") from None
    except OSError:  # a file system without hard links
        if place.exists():
            raise DownloadError(f"{place.name} is already there; it was left as it is.") from None
        part.replace(place)
