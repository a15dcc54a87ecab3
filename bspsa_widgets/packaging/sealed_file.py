"""A file that is written from front to back, and hashed as it is written."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

from bspsa_widgets.packaging.modest import give_way

WORTH_HANDING_OVER = 512 << 10  # bytes: to wake a thread for less costs more than it saves


class Mark(NamedTuple):
    """A place in the file to go back to: bytes, and the hash of what is in front of it."""

    size: int
    digest: Any


class SealedFile:
    """Nothing that is written changes any more, so no byte is read again for the hash.

    A thread of its own hashes: whoever writes has the packing threads to look after, and
    would let them wait. It holds no more than one portion while the next one is gathered.

    Args:
        file: empty, open for writing, and to be sought in for `back_to`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0
        self._gathered: list[bytes | bytearray] = []
        self._weight = 0
        self._hasher = ThreadPoolExecutor(1, "bspsa-sealing", give_way)
        self._hashed: Future[None] | None = None

    def __enter__(self) -> SealedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hasher.shutdown(cancel_futures=True)

    def write(self, data: bytes | bytearray) -> None:
        """The next bytes; what holds them is not to be changed any more."""
        self._file.write(data)
        self._size += len(data)
        self._gathered.append(data)
        self._weight += len(data)
        if self._weight >= WORTH_HANDING_OVER:
            self._hand_over()

    def mark(self) -> Mark:
        """Where the file ends now."""
        self._hash_all()
        return Mark(self._size, self._digest.copy())

    def back_to(self, mark: Mark) -> None:
        """As if nothing had been written since; once for each mark."""
        self._hash_all()
        self._file.seek(mark.size)
        self._file.truncate()
        self._size, self._digest = mark

    def sealed(self) -> tuple[int, str]:
        """Bytes and sha256 (hex) of the file, all of it handed to the system."""
        self._file.flush()
        self._hash_all()
        return self._size, self._digest.hexdigest()

    def _hand_over(self) -> None:
        self._wait()
        self._hashed = self._hasher.submit(self._hash, self._gathered)
        self._gathered, self._weight = [], 0

    def _hash_all(self) -> None:
        """What is left is little: it is hashed here."""
        self._wait()
        self._hash(self._gathered)
        self._gathered, self._weight = [], 0

    def _wait(self) -> None:
        if self._hashed is not None:
            self._hashed.result()
            self._hashed = None

    def _hash(self, portion: list[bytes | bytearray]) -> None:
        for data in portion:
            self._digest.update(data)
