"""Pieces of a large file: whoever packs them, they are what one thread alone would make."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bspsa_widgets.errors import PackingError
from bspsa_widgets.packaging.zip.deflate import Data
from bspsa_widgets.packaging.zip.large_file import PIECE, LargeFile

WAIT = 10.0  # seconds: who takes longer hangs
# Some of it shrinks and some does not, and the end of one piece is found again in the next.
CONTENT = (
    random.Random(1).randbytes(PIECE)
    + b"cell 17, -65.31 mV\n" * 100_000
    + random.Random(1).randbytes(2 * PIECE)
    + bytes(3 * PIECE)
    + b"the end"
)


@contextmanager
def reading(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


def ended(threads: int, pieces: LargeFile) -> list[BaseException | None]:
    """What each thread ended with; all of them do, or it is an error."""
    found: list[BaseException | None] = [None] * threads

    def work(path: int) -> None:
        try:
            pieces.pack()
        except BaseException as error:
            found[path] = error

    # Not of a pool, which would wait for those that hang.
    team = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(threads)]
    for each in team:
        each.start()
    try:
        for each in team:
            each.join(WAIT)
            assert not each.is_alive(), "it hangs"
    finally:
        pieces.abort()
    return found


def keeping(kept: list[bytes]) -> Callable[[Sequence[Data]], object]:
    return lambda parts: kept.append(b"".join(parts))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "traces.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_any_number_of_threads_writes_the_same_stream(threads: int, file: Path) -> None:
    made = []
    for count in (1, threads):
        kept: list[bytes] = []
        with reading(file) as handle:
            pieces = LargeFile(handle, file.name, len(CONTENT), keeping(kept))
            assert ended(count, pieces) == [None] * count
        assert pieces.size == len(CONTENT)
        assert pieces.crc == zlib.crc32(CONTENT)
        assert pieces.digest.hexdigest() == hashlib.sha256(CONTENT).hexdigest()
        made.append(b"".join(kept))
    assert made[0] == made[1]
    stream = zlib.decompressobj(-15)
    assert stream.decompress(made[0]) == CONTENT
    assert stream.eof


def test_pieces_are_packed_in_parallel(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two waits until the other is there, too: one after the other, they would hang."""
    both = threading.Barrier(2)

    def together(data: Data, *, last: bool, before: Data) -> tuple[Data, ...]:
        both.wait(WAIT)
        return (data,)

    monkeypatch.setattr("bspsa_widgets.packaging.zip.large_file.deflated_parts", together)
    file.write_bytes(CONTENT[: 3 * PIECE + 1])  # four pieces
    kept: list[bytes] = []
    with reading(file) as handle:
        assert ended(2, LargeFile(handle, file.name, 3 * PIECE + 1, keeping(kept))) == [None, None]
    assert b"".join(kept) == CONTENT[: 3 * PIECE + 1]


def test_a_growing_file_is_read_at_most_one_piece_further(file: Path) -> None:
    with reading(file) as handle:
        pieces = LargeFile(handle, file.name, 2 * PIECE, keeping([]))
        assert ended(2, pieces) == [None, None]
    assert pieces.size == 3 * PIECE


def test_a_disk_error_is_raised_once_and_stops_all_threads(file: Path) -> None:
    kept: list[bytes] = []

    def write(parts: Sequence[Data]) -> None:
        if len(kept) == 2:
            raise OSError(28, "No space left on device")
        kept.append(b"".join(parts))

    with reading(file) as handle:
        found = ended(3, LargeFile(handle, file.name, len(CONTENT), write))
    assert len(kept) == 2
    assert [str(error) for error in found if error] == ["[Errno 28] No space left on device"]


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs Linux's /proc")
def test_an_unreadable_file_is_named() -> None:
    """Address 0 of a process is a real input/output error, as of a bad disk."""
    kept: list[bytes] = []
    with reading(Path("/proc/self/mem")) as handle:
        found = ended(2, LargeFile(handle, "traces.bin", 5 * PIECE, keeping(kept)))
    errors = [error for error in found if error]
    assert errors
    for error in errors:
        assert isinstance(error, PackingError)
        assert "traces.bin cannot be read: Input/output error" in str(error)
    assert kept == []


def test_after_an_abort_nothing_is_written(file: Path) -> None:
    kept: list[bytes] = []

    def write(parts: Sequence[Data]) -> None:
        kept.append(b"".join(parts))
        pieces.abort()

    with reading(file) as handle:
        pieces = LargeFile(handle, file.name, len(CONTENT), write)
        assert ended(3, pieces) == [None, None, None]
    assert len(kept) == 1
    assert pieces.size < len(CONTENT)
