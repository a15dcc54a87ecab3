"""A second process that packs small files beside this one.

Their time goes into the interpreter, whose lock lets one thread of a process run: threads
make it longer. Measured with 20,000 files on two cores: 0.6 of the time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.yielding import give_way
from bspsa_widgets.packaging.zip.small_files import PackedFiles
from bspsa_widgets.packaging.zip.worker_main import received, send
from bspsa_widgets.packaging.zip.worker_threads import Workers

PIPE = 1 << 20  # bytes: an answer goes through at once, where a system allows that
MOST_WAITING = 2  # batches: one in work, the other at hand
# Without the user's start-up files, environment and folder: nothing of theirs runs in it,
# and no token gets there.
_START = (
    "import sys; sys.path += sys.argv[1:]; "
    "from bspsa_widgets.packaging.zip.worker_main import serve; serve()"
)


class Partner:
    """Starts its process at once; where that fails, it is never free.

    Args:
        folder: whose files it packs.
    """

    def __init__(self, folder: Path) -> None:
        self._waiting: list[Future[PackedFiles | None]] = []
        self._pool = Workers(1, "bspsa-partner")
        self._process = _started(folder)
        self._is_there = self._process is not None

    def __enter__(self) -> Partner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
        self._pool.shutdown(cancel_futures=True)
        if self._process is not None:
            _close(self._process)

    @property
    def is_free(self) -> bool:
        """Whether it would take up another batch soon."""
        self._waiting = [one for one in self._waiting if not one.done()]
        return self._is_there and len(self._waiting) < MOST_WAITING

    def pack(self, files: Sequence[Member]) -> Future[PackedFiles | None]:
        """Pack these; None where the process is gone, and they are still to be packed."""
        # Asked before the answer to the one before is read: so it never waits for us.
        if self._is_there and self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                send(self._process.stdin, list(map(tuple, files)))
        packed = self._pool.submit(self._answer)
        self._waiting.append(packed)
        return packed

    def _answer(self) -> PackedFiles | None:
        if not self._is_there or self._process is None or self._process.stdout is None:
            return None
        try:
            answer = received(self._process.stdout)
        except (OSError, EOFError, ValueError, TypeError):
            self._is_there = False
            return None
        if len(answer) == len(PackedFiles._fields):
            return PackedFiles._make(answer)
        message, advice = answer
        raise PackingError(message, advice=advice)


def _started(folder: Path) -> subprocess.Popen[bytes] | None:
    if os.name != "posix" or not sys.executable:
        return None
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, *filter(None, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,  # an interrupt of a cell is not meant for it
            pipesize=PIPE,
        )
    except (OSError, RuntimeError):  # the latter as the interpreter ends, since Python 3.12
        return None
    give_way(process.pid)
    if process.stdin is not None:
        with suppress(OSError):  # it is gone again; its first answer will tell
            send(process.stdin, os.fsencode(folder))
    return process


def _close(process: subprocess.Popen[bytes]) -> None:
    """Take leave of a process that has been ended."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what it did not take any more
                pipe.close()
    process.wait()
