"""What is written: all of it, however much a system takes at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

import pytest

from bspsa_widgets.packaging.zip import writer
from bspsa_widgets.packaging.zip.writer import MAX_PARTS, write

PARTS = (b"front", memoryview(b"x" * 70_000), b"", bytearray(b"behind"))
WHOLE = b"".join(PARTS)


def test_all_parts_are_written_in_order(tmp_path: Path) -> None:
    with FileIO(tmp_path / "o", "w") as file:
        assert write(file, PARTS) == len(WHOLE)
        assert write(file, [b"again"]) == 5
    assert (tmp_path / "o").read_bytes() == WHOLE + b"again"


def test_more_parts_than_one_system_call_allows_are_written(tmp_path: Path) -> None:
    parts = [f"{number} ".encode() for number in range(2 * MAX_PARTS + 1)]
    with FileIO(tmp_path / "o", "w") as file:
        assert write(file, parts) == sum(map(len, parts))
    assert (tmp_path / "o").read_bytes() == b"".join(parts)


@pytest.mark.parametrize("taken", [1, 2, 3])
def test_a_partial_write_is_continued(
    taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def some(handle: int, parts: Sequence[bytes]) -> int:
        return os.writev(handle, parts[:taken])

    monkeypatch.setattr(writer, "_gather", some)
    with FileIO(tmp_path / "o", "w") as file:
        assert write(file, PARTS) == len(WHOLE)
    assert (tmp_path / "o").read_bytes() == WHOLE


def test_without_writev_the_parts_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_gather", None)
    with FileIO(tmp_path / "o", "w") as file:
        assert write(file, PARTS) == len(WHOLE)
    assert (tmp_path / "o").read_bytes() == WHOLE


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_a_full_disk_is_an_error() -> None:
    with FileIO("/dev/full", "w") as file, pytest.raises(OSError, match="No space left"):
        write(file, PARTS)
