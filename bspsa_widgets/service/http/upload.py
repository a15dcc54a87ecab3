"""A file on its way from a request to the disk."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 256 * 2**10  # bytes that are gathered before they are written


class Upload:
    """A file being received: gathered in memory, written piece by piece.

    What writes is for threads: a disk that is busy with other uploads would hold up every other
    request. A small file needs one of them once.

    Args:
        path: where it is to lie until it is moved; the folder is made.

    Attributes:
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
        """Whether there is enough to be written."""
        return len(self._piece) >= PIECE

    @property
    def sha256(self) -> str:
        """Of what was written, hexadecimal."""
        return self._digest.hexdigest()

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._piece += chunk

    def write(self) -> None:
        """Write what was gathered. Blocks. Raises OSError."""
        with self._lock:
            self._write()

    def finish(self) -> None:
        """Write the rest; it is on the disk when this returns. Blocks. Raises OSError."""
        with self._lock, self._write() as file:
            file.flush()
            os.fsync(file.fileno())

    def discard(self) -> None:
        """Remove it, where it still is; what a thread is about to write is not written."""
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
