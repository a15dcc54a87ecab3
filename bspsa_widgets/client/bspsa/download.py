"""A result file: to a temporary file, checked for length, then moved into its place."""

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

LARGEST = "BSPSA_MAX_FILE_GB"  # the setting of how large a file may be that is fetched
_AT_ONCE = 1 << 20  # bytes that are handed to the disk together
USUAL_LARGEST = 10.0  # GB: a service that never ends an answer must not fill the disk


def largest_file() -> int:
    """Bytes of a file that may be fetched: as the environment variable says, else 10 GB.

    Raises:
        DownloadError: the variable holds no size.
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
    """A file that came.

    Attributes:
        path: where it lies.
        size: bytes.
        sha256: of what was written, as hexadecimal digits.
        modified: its time of change then, in nanoseconds.
        is_verified: it is as long as was promised; False where nobody promised a length.
    """

    path: Path
    size: int
    sha256: str
    modified: int
    is_verified: bool


def place_for(folder: Path, name: str, *, overwrite: bool = False) -> Path:
    """Where a file that a server calls `name` may be written: always inside `folder`. Blocks.

    Raises:
        DownloadError: something is there already (and may not be replaced), or it is a
            folder or a link.
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
    """Write what arrives to `place`, or leave nothing behind.

    Args:
        length: bytes promised; None where nobody said.
        most: bytes that are allowed (`largest_file`).
        overwrite: whether a file that is there by now may be replaced.

    Raises:
        DownloadError: fewer bytes came than promised, there are more than allowed, the disk
            does not take them, or a file has appeared at `place`.
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
    """Bytes that came, all of them written."""
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
    """What has come of a file, beside its place. All of it blocks: the disk may be far away."""

    def __init__(self, place: Path) -> None:
        self.place = place
        # Not as private as mkstemp would have it: storage may be shared with colleagues.
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
        """To its place; its sha256 and time of change."""
        modified = 0
        if self._file is not None:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
            modified = self._path.stat().st_mtime_ns
        _move(self._path, self.place, overwrite)
        return self._digest.hexdigest(), modified

    def discard(self) -> None:
        """What is left of it: nothing, once it was moved."""
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
