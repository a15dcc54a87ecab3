"""What an archive unpacks to, as a stream that ends before it fills the machine."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from typing import Protocol

from bspsa_widgets.domain.sizes import megabytes
from bspsa_widgets.errors import DownloadError

BLOCK = 512  # bytes of tar's headers
MOST_READ = 1 << 20  # bytes asked for at once: a header that claims to be longer is none


class Readable(Protocol):
    """A file that bytes are read from."""

    def read(self, size: int, /) -> bytes: ...


class BoundedStream:
    """Forward only, for `tarfile`.

    Args:
        file: unpacks what it is read from.
        most: bytes that may come of it.
        on_read: called before each piece is read; may raise.
    """

    def __init__(self, file: Readable, most: int, on_read: Callable[[], None]) -> None:
        self._file = file
        self._most = most
        self._on_read = on_read
        self._at = 0
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        """Raises DownloadError where more comes than is allowed."""
        if not 0 <= size <= MOST_READ:
            raise tarfile.ReadError("a header is longer than any real one")
        self._on_read()
        self._last = self._file.read(size)
        self._at += len(self._last)
        if self._at > self._most:
            raise DownloadError(
                f"The archive unpacks to more than {megabytes(self._most)}; none of it was kept.",
                advice="Unpack it with a program of your choice, if you know what is in it.",
            )
        return self._last

    def tell(self) -> int:
        return self._at

    def seek(self, place: int) -> int:
        """Forward only: what lies between is read, and counts."""
        if place < self._at:
            raise tarfile.ReadError("the archive leads back to where it was read already")
        while self._at < place and self.read(min(place - self._at, MOST_READ)):
            pass
        return self._at

    def finish(self) -> None:
        """Read to the end, where the checksum stands.

        Raises:
            ReadError: what was read last is not how an archive ends: tarfile takes a
                damaged header for the end.
        """
        if len(self._last) % BLOCK or any(self._last):
            raise tarfile.ReadError("a header is damaged")
        while self.read(MOST_READ):
            pass
