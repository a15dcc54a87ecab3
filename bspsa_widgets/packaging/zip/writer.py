"""A zip written from front to back, out of contents that are packed already."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from io import FileIO

from bspsa_widgets.packaging.zip.deflate import Data
from bspsa_widgets.packaging.zip.records import (
    STORED,
    dos_date,
    end_records,
    may_be_wide,
    open_front,
    open_rest,
    placed,
    records,
)
from bspsa_widgets.packaging.zip.small_files import PackedFiles

_NO_DATE = dos_date(0)
_FOLDER = stat.S_IFDIR | 0o755
_gather = getattr(os, "writev", None)  # not there on Windows
MOST_PARTS = 1000  # that a system takes at once; Linux takes 1,024


class ZipWriter:
    """Writes into an empty file, from its front to its end.

    Args:
        file: open for writing, and to be sought in where a long file is taken back.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._at = 0
        self._entries = 0
        self._list = bytearray()

    def add(self, files: PackedFiles) -> None:
        """Whole files."""
        write(self._file, files.parts)
        self._take(files.lines)

    def add_folder(self, name: str) -> None:
        """An empty one; its date is fixed, since it changes with files that do not travel."""
        front, line = records(f"{name}/".encode(), _FOLDER, _NO_DATE, STORED, 0, 0, 0)
        write(self._file, [front])
        self._take([(line, len(front))])

    def begin(self, name: str, mode: int, date: int, size: int) -> LongFile:
        """A file whose content comes in pieces; `size`: bytes as far as it is known."""
        return LongFile(self._file, name.encode(), mode, date, may_be_wide(size))

    def end(self, file: LongFile, crc: int, size: int) -> None:
        """All pieces are in; crc and size are the original's."""
        self._take([file.close(crc, size)])

    def close(self) -> int:
        """The list of all entries; nothing comes behind it. Returns the zip's bytes."""
        end = end_records(self._entries, self._at, len(self._list))
        write(self._file, [self._list, end])
        return self._at + len(self._list) + len(end)

    def _take(self, lines: Sequence[tuple[bytes, int]]) -> None:
        for line, written in lines:
            self._list += placed(line, self._at)
            self._at += written
        self._entries += len(lines)


class LongFile:
    """A file whose sizes and crc are known only at its end, and stand there."""

    def __init__(self, file: FileIO, name: bytes, mode: int, date: int, wide: bool) -> None:
        self._file = file
        self._start = file.tell()
        self._name, self._mode, self._date, self._wide = name, mode, date, wide
        self._packed = 0
        self._front = open_front(name, date, wide=wide)
        write(file, [self._front])

    def write(self, parts: Sequence[Data]) -> None:
        """The next piece, packed."""
        self._packed += write(self._file, parts)

    def close(self, crc: int, size: int) -> tuple[bytes, int]:
        """Write what stands behind. Returns the line for the list, and bytes in all."""
        behind, line = open_rest(
            self._name, self._mode, self._date, crc, size, self._packed, wide=self._wide
        )
        write(self._file, [behind])
        return line, len(self._front) + self._packed + len(behind)

    def take_back(self) -> None:
        """As if it had never been begun."""
        self._file.seek(self._start)
        self._file.truncate()


def write(file: FileIO, parts: Sequence[Data]) -> int:
    """All of them, with no copy where the system can do it. Returns the bytes.

    Raises:
        OSError: not all could be written. A disk that gets full takes some first.
    """
    return sum(_write(file, parts[at : at + MOST_PARTS]) for at in range(0, len(parts), MOST_PARTS))


def _write(file: FileIO, parts: Sequence[Data]) -> int:
    size = sum(map(len, parts))
    written = _gather(file.fileno(), parts) if _gather else 0
    if written < size:
        rest = memoryview(b"".join(parts))
        while written < size:
            written += file.write(rest[written:])
    return size
