"""Stream over an archive's content that stops at a size limit."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from typing import Protocol

from bspsa_widgets.domain.format import format_size
from bspsa_widgets.errors import DownloadError

BLOCK = 512  # size of tar's headers, in bytes
MOST_READ = 1 << 20  # bytes to read at once: a header that claims to be longer is damaged


class Readable(Protocol):
    """A file that can be read."""

    def read(self, size: int, /) -> bytes:
        """Read bytes.

        Args:
            size: how many bytes at most.

        Returns:
            the bytes; empty at the end.
        """


class BoundedStream:
    """Forward-only stream for `tarfile` with a size limit.

    Args:
        file: file that decompresses what is read.
        most: bytes that may be read in all.
        on_read: called before each read; may raise.
    """

    def __init__(self, file: Readable, most: int, on_read: Callable[[], None]) -> None:
        self._file = file
        self._most = most
        self._on_read = on_read
        self._at = 0
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        """Read bytes.

        Args:
            size: how many bytes at most; must be between 0 and `MOST_READ`.

        Returns:
            the bytes; empty at the end.

        Raises:
            DownloadError: more comes out than is allowed.
            ReadError: the archive is damaged: a header claims to be longer.
        """
        if not 0 <= size <= MOST_READ:
            raise tarfile.ReadError("a header is longer than any real one")
        self._on_read()
        self._last = self._file.read(size)
        self._at += len(self._last)
        if self._at > self._most:
            raise DownloadError(
                f"The archive unpacks to more than {format_size(self._most)}; none of it was kept.",
                advice="Unpack it with a program of your choice, if you know what is in it.",
            )
        return self._last

    def tell(self) -> int:
        """Return the current offset.

        Returns:
            offset in bytes.
        """
        return self._at

    def seek(self, place: int) -> int:
        """Read and skip bytes up to an offset; they count as read.

        Args:
            place: offset in bytes.

        Returns:
            the new offset in bytes.

        Raises:
            ReadError: the offset lies before the current one.
        """
        if place < self._at:
            raise tarfile.ReadError("the archive leads back to where it was read already")
        while self._at < place and self.read(min(place - self._at, MOST_READ)):
            pass
        return self._at

    def finish(self) -> None:
        """Read to the end, so that the checksum is checked.

        Raises:
            ReadError: the archive does not end as it should: tarfile takes a damaged header for the
                end.
        """
        if len(self._last) % BLOCK or any(self._last):
            raise tarfile.ReadError("a header is damaged")
        while self.read(MOST_READ):
            pass
