"""A second process that packs small files beside this one.

Their time goes into the interpreter, whose lock lets one thread of a process run: threads
make it longer. Measured with 20,000 files on two cores: 0.6 of the time.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.modest import give_way
from bspsa_widgets.packaging.packed_file import PackedFile, Wanted, pack_file
from bspsa_widgets.packaging.source import Sources

MOST_WAITING = 2  # batches: one in work, and the next at hand
# Without the user's start-up files, environment and folder: nothing of theirs runs in it,
# and no token gets there.
_START = (
    "import sys; sys.path += sys.argv[1:]; "
    "from bspsa_widgets.packaging.partner import serve; serve()"
)


class Partner:
    """Starts its process at once; where that fails, it is never free.

    Args:
        folder: whose files it packs.
    """

    def __init__(self, folder: Path) -> None:
        self._waiting: list[Future[list[PackedFile] | None]] = []
        self._pool = ThreadPoolExecutor(1, "bspsa-partner")
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

    def pack(self, files: Sequence[Wanted]) -> Future[list[PackedFile] | None]:
        """Pack these; None where the process is gone, and they are still to be packed."""
        # Asked before the answer to the one before is read: so it never waits for us.
        if self._is_there and self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                _send(self._process.stdin, list(map(tuple, files)))
        packed = self._pool.submit(self._answer)
        self._waiting.append(packed)
        return packed

    def _answer(self) -> list[PackedFile] | None:
        if not self._is_there or self._process is None or self._process.stdout is None:
            return None
        try:
            answer = _received(self._process.stdout)
        except (OSError, EOFError, ValueError, TypeError):
            self._is_there = False
            return None
        if isinstance(answer, tuple):
            raise PackingError(answer[0], advice=answer[1])
        return [PackedFile._make(one) for one in answer]


def serve() -> None:
    """The other process: one answer for each request, until there are no more."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    with Sources(Path(os.fsdecode(_received(asked)))) as sources, suppress(EOFError):
        while True:
            _send(answers, _packed(sources, _received(asked)))


def _packed(
    sources: Sources, asked: list[tuple[Any, ...]]
) -> list[tuple[object, ...]] | tuple[str, str]:
    files = map(Wanted._make, asked)
    try:
        return [tuple(pack_file(file, sources.open(file.source))) for file in files]
    except PackingError as error:
        return error.message, error.advice


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
        )
    except OSError:
        return None
    give_way(process.pid)
    if process.stdin is not None:
        with suppress(OSError):  # it is gone again; its first answer will tell
            _send(process.stdin, os.fsencode(folder))
    return process


def _close(process: subprocess.Popen[bytes]) -> None:
    """Take leave of a process that has been ended."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what it did not take any more
                pipe.close()
    process.wait()


def _send(pipe: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    pipe.write(len(data).to_bytes(8, "little") + data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    size = int.from_bytes(pipe.read(8), "little")
    if not size:
        raise EOFError
    return marshal.loads(pipe.read(size))  # noqa: S302 (from this program's other half)
