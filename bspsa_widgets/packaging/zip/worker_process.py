"""The worker process: packs small files in parallel to this process.

Small files need mostly interpreter time, and its lock lets only one thread of a process run:
threads make it slower. Measured with 20,000 files on two cores: 0.6 of the time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.yielding import lower_priority
from bspsa_widgets.packaging.zip.small_files import PackedFiles
from bspsa_widgets.packaging.zip.worker_main import received, send
from bspsa_widgets.packaging.zip.worker_threads import WorkerThreads

PIPE = 1 << 20  # bytes: a complete result fits, if the system allows that
MAX_QUEUED = 2  # batches: one being packed, one waiting
# Without the user's start-up files, environment and folder: no code of the user runs in it,
# and no token gets there.
_CODE = (
    "import sys; sys.path += sys.argv[1:]; "
    "from bspsa_widgets.packaging.zip.worker_main import serve; serve()"
)


class WorkerProcess:
    """The worker process, started at once; if the start fails, it is never free.

    Args:
        folder: folder whose files it packs.
    """

    def __init__(self, folder: Path) -> None:
        self._queued: list[Future[PackedFiles | None]] = []
        self._pool = WorkerThreads(1, "bspsa-worker")
        self._process = _start_process(folder)
        self._is_alive = self._process is not None

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
        self._pool.shutdown(cancel_futures=True)
        if self._process is not None:
            _close(self._process)

    @property
    def is_free(self) -> bool:
        """Whether it would start another batch soon."""
        self._queued = [future for future in self._queued if not future.done()]
        return self._is_alive and len(self._queued) < MAX_QUEUED

    def pack(self, files: Sequence[Member]) -> Future[PackedFiles | None]:
        """Request the packing of files.

        Args:
            files: the files.

        Returns:
            Future of the packed files; None if the process has ended, and they are not packed.
        """
        # Sent before the result of the previous one is read, so that the process never waits.
        if self._is_alive and self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                send(self._process.stdin, list(map(tuple, files)))
        packed = self._pool.submit(self._read_result)
        self._queued.append(packed)
        return packed

    def _read_result(self) -> PackedFiles | None:
        if not self._is_alive or self._process is None or self._process.stdout is None:
            return None
        try:
            result = received(self._process.stdout)
        except (OSError, EOFError, ValueError, TypeError):
            self._is_alive = False
            return None
        if len(result) == len(PackedFiles._fields):
            return PackedFiles._make(result)
        message, advice = result
        raise PackingError(message, advice=advice)


def _start_process(folder: Path) -> subprocess.Popen[bytes] | None:
    if os.name != "posix" or not sys.executable:
        return None
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, *filter(None, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,  # not reached by an interrupt of a cell
            pipesize=PIPE,
        )
    except (OSError, RuntimeError):  # RuntimeError: the interpreter is exiting (Python 3.12)
        return None
    lower_priority(process.pid)
    if process.stdin is not None:
        with suppress(OSError):  # it has ended already; reading its first answer will fail
            send(process.stdin, os.fsencode(folder))
    return process


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes of an ended process, and wait for it."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # data that it did not read
                pipe.close()
    process.wait()
