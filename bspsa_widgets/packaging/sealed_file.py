"""A file that is written from front to back, and hashed as it is written."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, NamedTuple


class Mark(NamedTuple):
    """A place in the file to go back to: bytes, and the hash of what is in front of it."""

    size: int
    digest: Any


class SealedFile:
    """Nothing that is written changes any more, so no byte is read again for the hash.

    Args:
        file: empty, open for writing, and to be sought in for `back_to`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes | bytearray) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)

    def mark(self) -> Mark:
        """Where the file ends now."""
        return Mark(self._size, self._digest.copy())

    def back_to(self, mark: Mark) -> None:
        """As if nothing had been written since; once for each mark."""
        self._file.seek(mark.size)
        self._file.truncate()
        self._size, self._digest = mark

    def sealed(self) -> tuple[int, str]:
        """Bytes and sha256 (hex) of the file, all of it handed to the system."""
        self._file.flush()
        return self._size, self._digest.hexdigest()
