"""The hash of a file that is still being written, close behind its writer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.modest import give_way

CHUNK = 1 << 20  # bytes read at once


class Seal:
    """Reads a file again as far as it will not change any more, on a thread of its own.

    Args:
        path: of the file. stopped: asked at every MiB; True ends it.
    """

    def __init__(self, path: Path, stopped: Callable[[], bool]) -> None:
        self._file = path.open("rb", buffering=0)
        self._stopped = stopped
        self._digest = hashlib.sha256()
        self._size = 0
        self._left = False
        self._buffer = bytearray(CHUNK)
        self._pool = ThreadPoolExecutor(1, "bspsa-sealing", give_way)
        self._work: list[Future[None]] = []

    def __enter__(self) -> Seal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left = True
        self._pool.shutdown(cancel_futures=True)
        self._file.close()

    def reaches(self, size: int) -> None:
        """The first so many bytes are written, and stay as they are."""
        self._work.append(self._pool.submit(self._read, size))

    def done(self) -> tuple[int, str]:
        """Bytes and sha256 (hex) of all that has been reached.

        Raises:
            Stopped: `stopped` said so.
            OSError: the file cannot be read.
        """
        for work in self._work:
            work.result()
        return self._size, self._digest.hexdigest()

    def _read(self, size: int) -> None:
        view = memoryview(self._buffer)
        while self._size < size:
            if self._left or self._stopped():
                raise Stopped
            read = self._file.readinto(view[: size - self._size])
            if not read:
                raise OSError(0, "the file has become shorter")
            self._digest.update(view[:read])
            self._size += read
