"""A result file: to a temporary file, checked for length, then moved into its place."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

from bspsa_widgets.domain.filenames import safe_name
from bspsa_widgets.errors import DownloadError

Progress = Callable[[int, int], None]


class Fetched(NamedTuple):
    """A file that came.

    Attributes:
        path: where it lies.
        size: bytes.
        sha256: of what was written, as hexadecimal digits.
        is_verified: it is as long as was promised; False where nobody promised a length.
    """

    path: Path
    size: int
    sha256: str
    is_verified: bool


def place_for(folder: Path, name: str, *, overwrite: bool = False) -> Path:
    """Where a file that a server calls `name` may be written: always inside `folder`.

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
    overwrite: bool,
    progress: Progress | None = None,
) -> Fetched:
    """Write what arrives to `place`, or leave nothing behind.

    Args:
        length: bytes promised; None where nobody said.
        overwrite: whether a file that is there by now may be replaced.

    Raises:
        DownloadError: fewer or more bytes came than promised, the disk does not take
            them, or a file has appeared at `place`.
    """
    part: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # Not as private as mkstemp would have it: storage may be shared with colleagues.
        part = place.with_name(f".part-{secrets.token_hex(6)}")
        got, sha256 = await _write(part, pieces, length, progress)
        if length is not None and got != length:
            raise DownloadError(
                f"{place.name} came with {got} of {length} bytes and was thrown away.",
                advice="Download it again.",
            )
        _move(part, place, overwrite)
        return Fetched(place, got, sha256, is_verified=length is not None)
    except OSError as error:
        raise DownloadError(
            f"{place.name} could not be written: {error.strerror}.",
            advice="Look at the folder and the free space.",
        ) from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


async def _write(
    part: Path, pieces: AsyncIterator[bytes], length: int | None, progress: Progress | None
) -> tuple[int, str]:
    """Bytes written, and their sha256."""
    got, digest = 0, hashlib.sha256()
    with part.open("xb") as file:
        async for piece in pieces:
            file.write(piece)
            digest.update(piece)
            got += len(piece)
            if progress:
                progress(got, length or 0)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())  # a large file takes a slow disk seconds
    return got, digest.hexdigest()


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
