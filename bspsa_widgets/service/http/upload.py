"""A file that is being received from a request and written to disk."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 256 * 2**10  # bytes that are collected before they are written


class Upload:
    """A file being received: collected in memory, and written piece by piece.

    Call the methods that write in a worker thread: a slow disk would delay all other requests.
    A small file needs only one such call.

    Args:
        path: temporary path of the file; its folder is created if it is missing.

    Attributes:
        path: temporary path of the file.
        size: bytes received so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._piece = bytearray()
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._is_discarded = False
        self._lock = threading.Lock()

    @property
    def is_due(self) -> bool:
        """Whether enough was collected to be written."""
        return len(self._piece) >= PIECE

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes written so far, hexadecimal."""
        return self._digest.hexdigest()

    def add(self, chunk: bytes) -> None:
        """Add received bytes; nothing is written.

        Args:
            chunk: the bytes.
        """
        self.size += len(chunk)
        self._piece += chunk

    def write(self) -> None:
        """Write the collected bytes. Blocks.

        Raises:
            OSError: they cannot be written, or the upload was discarded.
        """
        with self._lock:
            self._write()

    def finish(self) -> None:
        """Write the rest and flush the file to the disk. Blocks.

        Raises:
            OSError: it cannot be written, or the upload was discarded.
        """
        with self._lock, self._write() as file:
            file.flush()
            os.fsync(file.fileno())

    def discard(self) -> None:
        """Remove the file if it exists; later writes of other threads fail."""
        with self._lock:
            self._is_discarded = True
            if self._file is not None:
                self._file.close()
                self.path.unlink(missing_ok=True)

    def _write(self) -> BinaryIO:
        if self._is_discarded:
            raise FileNotFoundError(self.path)
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = self.path.open("xb")
        piece, self._piece = self._piece, bytearray()
        self._digest.update(piece)
        self._file.write(piece)
        return self._file
