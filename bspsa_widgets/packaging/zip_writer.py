"""A zip written from front to back, out of contents that are packed already."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from bspsa_widgets.packaging.packed_files import PackedFiles
from bspsa_widgets.packaging.zip_records import (
    DEFLATED,
    STORED,
    dos_date,
    end_records,
    may_be_wide,
    placed,
    records,
    wide_records,
)

_NO_DATE = dos_date(0)
_FOLDER = stat.S_IFDIR | 0o755


class ZipWriter:
    """Writes into an empty file that can be sought in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._entries = 0
        self._list = bytearray()

    def add(self, files: PackedFiles) -> None:
        """Whole files."""
        self._file.write(files.data)
        for line, size in files.lines:
            self._take(line, size)

    def add_folder(self, name: str) -> None:
        """An empty one; its date is fixed, since it changes with files that do not travel."""
        front, line = records(f"{name}/".encode(), _FOLDER, _NO_DATE, STORED, 0, 0, 0)
        self._file.write(front)
        self._take(line, len(front))

    def begin(self, name: str, mode: int, date: int, size: int) -> LongFile:
        """A file whose content comes in pieces; `size`: bytes as far as it is known."""
        make = wide_records if may_be_wide(size) else records
        return LongFile(self._file, self._at, partial(make, name.encode(), mode, date, DEFLATED))

    def end(self, file: LongFile, crc: int, size: int) -> None:
        """All pieces are in; crc and size are the original's."""
        self._take(*file.close(crc, size))

    @property
    def size(self) -> int:
        """Bytes that are written, and stay as they are."""
        return self._at

    def flush(self) -> int:
        """Put them into the file; returns how many they are."""
        self._file.flush()
        return self._at

    def close(self) -> int:
        """The list of all entries; nothing comes behind it. Returns the zip's bytes."""
        self._file.write(self._list)
        self._file.write(end_records(self._entries, self._at, len(self._list)))
        self._file.flush()
        return self._file.tell()

    def _take(self, line: bytes, written: int) -> None:
        self._list += placed(line, self._at)
        self._at += written
        self._entries += 1


class LongFile:
    """A file whose size and crc stand in front of it, and are known only at its end."""

    def __init__(
        self, file: BinaryIO, at: int, make: Callable[[int, int, int], tuple[bytes, bytes]]
    ) -> None:
        """`make`: its records, from crc and bytes of the content, and bytes when packed."""
        self._file = file
        self._at = at
        self._make = make
        self._packed = 0
        file.write(make(0, 0, 0)[0])

    def write(self, piece: bytes) -> None:
        """The next piece, packed."""
        self._file.write(piece)
        self._packed += len(piece)

    def close(self, crc: int, size: int) -> tuple[bytes, int]:
        """Fill in what stands in front. Returns the line for the list, and bytes in all."""
        front, line = self._make(crc, size, self._packed)
        self._file.seek(self._at)
        self._file.write(front)
        self._file.seek(0, os.SEEK_END)
        return line, len(front) + self._packed

    def take_back(self) -> None:
        """As if it had never been begun."""
        self._file.seek(self._at)
        self._file.truncate()
