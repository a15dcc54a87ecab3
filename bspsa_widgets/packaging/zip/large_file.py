"""A large file, packed in pieces by several threads, in bounded memory.

A piece stays with one thread, which reads, hashes, packs and writes it: so it stays in that
processor's cache, too, and no thread waits for another to hand something over. Only packing is
done side by side; the rest is done by one thread at a time, in the order of the file.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bspsa_widgets.packaging.source import unreadable
from bspsa_widgets.packaging.zip.deflate import WINDOW, Data, crc32, deflated_parts

PIECE = 1 << 20  # bytes; as much as a processor's own cache holds beside what it becomes


class Pieces:
    """One reading of one large file.

    Args:
        handle: open for reading, at its start. path: to tell of it.
        size: bytes that it should have; it is read one piece further at most.
        write: takes what each piece has become; the parts are not to be kept.

    Attributes:
        size: bytes read so far. crc, digest: of all of them, once every thread has ended.
    """

    def __init__(
        self, handle: int, path: str, size: int, write: Callable[[Sequence[Data]], object]
    ) -> None:
        self._file = io.FileIO(handle, closefd=False)
        self._path = path
        self._expected = size
        self._write = write
        self._reading = threading.Lock()
        self._hashing, self._writing = _Turns(), _Turns()
        self._number = 0
        self._before = b""
        self._is_read = False
        self.size = 0
        self.crc = 0
        self.digest = hashlib.sha256()

    def pack(self, after: Callable[[], object] = lambda: None) -> None:
        """Take one piece after the other until there is none: to be run on each thread.

        An error ends the work of the others, too.

        Args:
            after: to be called after each piece of this thread.

        Raises:
            PackingError: the file cannot be read. Also what `write` or `after` raises.
        """
        buffer = bytearray(PIECE)
        try:
            while self._pack_next(buffer):
                after()
        except _GivenUp:
            pass
        except BaseException:
            self.give_up()
            raise

    def give_up(self) -> None:
        """Every thread ends as soon as it is done with its piece, and writes no more."""
        self._hashing.give_up()
        self._writing.give_up()

    def _pack_next(self, buffer: bytearray) -> bool:
        with self._reading:
            if self._is_read:
                return False
            piece = memoryview(buffer)[: self._fill(buffer)]
            self.size += len(piece)
            # No further than it was long: a file written to all the time has no end.
            is_last = len(piece) < PIECE or self.size > self._expected
            self._is_read = is_last
            number, before = self._number, self._before
            self._number, self._before = number + 1, bytes(piece[-WINDOW:])
        with self._hashing.turn(number):
            self.crc = crc32(piece, self.crc)
            self.digest.update(piece)
        parts = deflated_parts(piece, last=is_last, before=before)
        with self._writing.turn(number):
            self._write(parts)
        return True

    def _fill(self, buffer: bytearray) -> int:
        """Bytes read; fewer than there is room for only at the file's end."""
        view, filled = memoryview(buffer), 0
        try:
            while filled < len(buffer) and (read := self._file.readinto(view[filled:])):
                filled += read
        except OSError as error:
            raise unreadable(self._path, error) from None
        return filled


class _GivenUp(Exception):
    """Nobody wants the rest."""


class _Turns:
    """One after the other, in the order of their numbers: 0, 1, 2 and so on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = 0
        self._is_given_up = False

    @contextmanager
    def turn(self, number: int) -> Iterator[None]:
        """Wait until all before it are done.

        Raises:
            _GivenUp: it is not to be done any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next == number or self._is_given_up)
            if self._is_given_up:
                raise _GivenUp
            yield
            self._next += 1
            self._changed.notify_all()

    def give_up(self) -> None:
        with self._changed:
            self._is_given_up = True
            self._changed.notify_all()
