"""The seal: bytes and hash of what is in the file, also after a step back."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from bspsa_widgets.errors import Stopped
from bspsa_widgets.packaging.sealed_file import WORTH_HANDING_OVER, SealedFile


def seal_of(path: Path) -> tuple[int, str]:
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


def test_it_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    with path.open("wb") as file, SealedFile(file) as sealed:
        for piece in (b"", b"one", bytearray(b"two"), bytes(300_000)):
            sealed.write(piece)
            assert sealed.sealed() == seal_of(path)


def test_it_is_that_of_all_portions_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "o.zip"
    sizes = (1, WORTH_HANDING_OVER - 1, WORTH_HANDING_OVER, 3 * WORTH_HANDING_OVER, 7)
    with path.open("wb") as file, SealedFile(file) as sealed:
        for number, size in enumerate(sizes * 3):
            sealed.write(bytes([number]) * size)
        found = sealed.sealed()
    assert found == seal_of(path)


def test_no_thread_outlives_it_also_where_the_work_is_given_up(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with pytest.raises(Stopped), (tmp_path / "o.zip").open("wb") as file:
        write_and_stop(file, before)
    assert set(threading.enumerate()) <= before


def write_and_stop(file: BinaryIO, before: set[threading.Thread]) -> None:
    with SealedFile(file) as sealed:
        for _ in range(3):
            sealed.write(bytes(WORTH_HANDING_OVER))
        assert set(threading.enumerate()) - before
        raise Stopped


@pytest.mark.parametrize("size", [300_000, 2 * WORTH_HANDING_OVER])
def test_what_is_taken_back_is_neither_in_the_file_nor_in_its_hash(
    size: int, tmp_path: Path
) -> None:
    path = tmp_path / "o.zip"
    with path.open("wb") as file, SealedFile(file) as sealed:
        sealed.write(b"kept")
        for _ in range(2):
            mark = sealed.mark()
            sealed.write(bytes(size))
            sealed.back_to(mark)
        sealed.write(b"more")
        found = sealed.sealed()
    assert path.read_bytes() == b"keptmore"
    assert found == seal_of(path)
