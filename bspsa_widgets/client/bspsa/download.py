"""Write a result file: to a temporary file, checked for its length, then renamed."""

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

MAX_SIZE_SETTING = "BSPSA_MAX_FILE_GB"  # environment variable: largest file to download, in GB
_WRITE_BYTES = 1 << 20  # bytes per write
DEFAULT_MAX_GB = 10.0  # GB: an endless response must not fill the disk


def max_file_bytes() -> int:
    """Return the size limit of downloads, in bytes.

    Returns:
        The environment variable BSPSA_MAX_FILE_GB in bytes, or 10 GB.

    Raises:
        DownloadError: if the variable is not a size.
    """
    setting = os.environ.get(MAX_SIZE_SETTING, "").strip()
    size = (number(setting) or 0.0) if setting else DEFAULT_MAX_GB
    if size <= 0:
        raise DownloadError(
            f"{MAX_SIZE_SETTING} is {setting!r:.40}, which is no size.",
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


def target_path(folder: Path, name: str, *, overwrite: bool = False) -> Path:
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
    target = folder / safe_name(name)
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise DownloadError(f"{target.name} is in the way in {folder}: it is not a plain file.")
    if target.exists() and not overwrite:
        raise DownloadError(
            f"{target.name} is already in {folder}; it was left as it is.",
            advice="Choose another folder, or allow it to be replaced.",
        )
    return target


async def save(
    chunks: AsyncIterator[bytes],
    target: Path,
    *,
    length: int | None,
    max_bytes: int,
    overwrite: bool,
    progress: Progress | None = None,
) -> Fetched:
    """Write a download to a file, completely or not at all.

    Args:
        chunks: the bytes as they arrive.
        target: path of the file.
        length: announced bytes; None if none were announced.
        max_bytes: largest allowed size, bytes (`max_file_bytes`).
        overwrite: whether a file that exists by then may be replaced.
        progress: called with bytes so far and bytes in all (0 if unknown).

    Returns:
        The file.

    Raises:
        DownloadError: if fewer bytes came than announced, or more than allowed, if the disk
            refuses them, or if a file has appeared at `target`.
    """
    if length is not None and length > max_bytes:
        raise _too_large(target.name, max_bytes, length)
    part = _TemporaryFile(target)
    try:
        await to_its_end(part.begin)
        received = await _write(part, chunks, length, max_bytes, progress)
        if length is not None and received != length:
            raise DownloadError(
                f"{target.name} came with {received} of {length} bytes and was thrown away.",
                advice="Download it again.",
            )
        sha256, modified = await to_its_end(part.move, overwrite=overwrite)
        return Fetched(target, received, sha256, modified, is_verified=length is not None)
    except OSError as error:
        raise DownloadError(
            f"{target.name} could not be written: {error.strerror}.",
            advice="Look at the folder and the free space.",
        ) from None
    finally:
        await to_its_end(part.discard)


async def _write(
    part: _TemporaryFile,
    chunks: AsyncIterator[bytes],
    length: int | None,
    max_bytes: int,
    progress: Progress | None,
) -> int:
    """Write all bytes, and return their number."""
    received, buffer = 0, bytearray()
    async for chunk in chunks:
        received += len(chunk)
        if received > max_bytes:
            raise _too_large(part.target.name, max_bytes, None)
        buffer += chunk
        if len(buffer) >= _WRITE_BYTES:
            await to_its_end(part.add, buffer)
            buffer = bytearray()
        if progress:
            progress(received, length or 0)
    await to_its_end(part.add, buffer)
    return received


class _TemporaryFile:
    """The temporary file beside the target. All methods block: the disk may be remote."""

    def __init__(self, target: Path) -> None:
        self.target = target
        # Usual permissions, not those of mkstemp: storage may be shared with colleagues.
        self._path = target.with_name(f".part-{secrets.token_hex(6)}")
        self._digest = hashlib.sha256()
        self._file: BufferedWriter | None = None

    def begin(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("xb")

    def add(self, data: bytes | bytearray) -> None:
        if self._file is not None:
            self._file.write(data)
            self._digest.update(data)

    def move(self, *, overwrite: bool) -> tuple[str, int]:
        """Rename the file to the target, and return its sha256 and modification time."""
        modified = 0
        if self._file is not None:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
            modified = self._path.stat().st_mtime_ns
        _move(self._path, self.target, overwrite)
        return self._digest.hexdigest(), modified

    def discard(self) -> None:
        """Delete the temporary file, if it was not moved."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._path.unlink(missing_ok=True)


def _too_large(name: str, max_bytes: int, length: int | None) -> DownloadError:
    allowed = f"{max_bytes / 1e9:g}"
    if length is None:
        message = f"{name} is larger than {allowed} GB; what had come was thrown away."
        limit = f"{2 * max_bytes / 1e9:g}"
    else:
        message = f"{name} has {length / 1e9:.3g} GB; at most {allowed} GB are fetched."
        limit = f"{math.ceil(length / 1e6) / 1e3}"
    return DownloadError(
        message,
        advice=f"To fetch it, set the environment variable {MAX_SIZE_SETTING} to {limit} and "
        f"download it again; in a notebook: %env {MAX_SIZE_SETTING}={limit}",
    )


def _move(part: Path, target: Path, overwrite: bool) -> None:
    if not overwrite:
        try:
            os.link(part, target)  # unlike rename, fails if a file has appeared meanwhile
            return
        except OSError as error:  # a file system without hard links, or the file exists
            if isinstance(error, FileExistsError) or target.exists():
                raise DownloadError(
                    f"{target.name} is already there; it was left as it is."
                ) from None
    part.replace(target)
