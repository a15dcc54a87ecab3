"""Pack a large file in pieces by several threads, in bounded memory.

One thread reads, hashes, packs and writes a piece: so it stays in that processor's cache, and
no thread waits for another. Only the compression runs in parallel; the rest is done
by one thread at a time, in the order of the file.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bspsa_widgets.packaging.source import unreadable
from bspsa_widgets.packaging.zip.deflate import WINDOW, Data, crc32, deflated_parts

PIECE = 1 << 20  # bytes; fits into a processor's cache together with its packed form


class LargeFile:
    """One pass over one large file.

    Args:
        handle: descriptor, open for reading, at the start of the file.
        path: path, for messages.
        size: expected bytes; at most one more piece is read.
        write: writes a packed piece; it must not keep the parts.

    Attributes:
        size: bytes read so far.
        crc: of all bytes, when every thread has ended.
        digest: sha256 of all bytes, when every thread has ended.
    """

    def __init__(
        self, handle: int, path: str, size: int, write: Callable[[Sequence[Data]], object]
    ) -> None:
        self._file = io.FileIO(handle, closefd=False)
        self._path = path
        self._expected = size
        self._write = write
        self._reading = threading.Lock()
        self._hashing, self._writing = _PieceOrder(), _PieceOrder()
        self._number = 0
        self._before = b""
        self._is_read = False
        self.size = 0
        self.crc = 0
        self.digest = hashlib.sha256()

    def pack(self, after: Callable[[], object] = lambda: None) -> None:
        """Pack pieces until there are no more: to be called in each thread.

        An error also ends the work of the other threads.

        Args:
            after: called after each piece of this thread.

        Raises:
            PackingError: if the file cannot be read.
            Exception: what `write` or `after` raises.
        """
        buffer = bytearray(PIECE)
        try:
            while self._pack_next(buffer):
                after()
        except _Aborted:
            pass
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Stop every thread after its current piece, without writing."""
        self._hashing.abort()
        self._writing.abort()

    def _pack_next(self, buffer: bytearray) -> bool:
        with self._reading:
            if self._is_read:
                return False
            piece = memoryview(buffer)[: self._fill(buffer)]
            self.size += len(piece)
            # Not beyond the expected size: a file that is written all the time has no end.
            is_last = len(piece) < PIECE or self.size > self._expected
            self._is_read = is_last
            number, before = self._number, self._before
            self._number, self._before = number + 1, bytes(piece[-WINDOW:])
        with self._hashing.in_order(number):
            self.crc = crc32(piece, self.crc)
            self.digest.update(piece)
        parts = deflated_parts(piece, last=is_last, before=before)
        with self._writing.in_order(number):
            self._write(parts)
        return True

    def _fill(self, buffer: bytearray) -> int:
        """Fill the buffer, and return the bytes read; it is full except at the end of the file."""
        view, filled = memoryview(buffer), 0
        try:
            while filled < len(buffer) and (read := self._file.readinto(view[filled:])):
                filled += read
        except OSError as error:
            raise unreadable(self._path, error) from None
        return filled


class _Aborted(Exception):
    """The packing was aborted."""


class _PieceOrder:
    """Run steps one after the other, in the order of their numbers: 0, 1, 2 and so on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = 0
        self._is_aborted = False

    @contextmanager
    def in_order(self, number: int) -> Iterator[None]:
        """Wait until all steps before this one are done.

        Raises:
            _Aborted: if the packing was aborted.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next == number or self._is_aborted)
            if self._is_aborted:
                raise _Aborted
            yield
            self._next += 1
            self._changed.notify_all()

    def abort(self) -> None:
        """Make all waiting and later steps raise _GivenUp."""
        with self._changed:
            self._is_aborted = True
            self._changed.notify_all()
