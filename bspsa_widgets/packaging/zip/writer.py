"""Write a zip from front to back, from contents that are packed already."""

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
    may_need_zip64,
    records,
    streamed_header,
    streamed_trailer,
    with_offset,
)
from bspsa_widgets.packaging.zip.small_files import PackedFiles

_NO_DATE = dos_date(0)
_FOLDER = stat.S_IFDIR | 0o755
_gather = getattr(os, "writev", None)  # not there on Windows
MAX_PARTS = 1000  # in one system call; Linux allows 1,024


class ZipWriter:
    """Writes a zip into an empty file, from its start to its end.

    Args:
        file: open for writing, and for seeking if a long file is taken back.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._at = 0
        self._entries = 0
        self._list = bytearray()

    def add(self, files: PackedFiles) -> None:
        """Write packed files.

        Args:
            files: the files.
        """
        write(self._file, files.parts)
        self._add_lines(files.lines)

    def add_folder(self, name: str) -> None:
        """Write an empty folder; its date is fixed, because it changes with excluded files.

        Args:
            name: path in the archive.
        """
        front, line = records(f"{name}/".encode(), _FOLDER, _NO_DATE, STORED, 0, 0, 0)
        write(self._file, [front])
        self._add_lines([(line, len(front))])

    def begin(self, name: str, mode: int, date: int, size: int) -> LongFile:
        """Begin a file whose content comes in pieces.

        Args:
            name: path in the archive.
            mode: file type and permissions.
            date: result of `dos_date`.
            size: expected bytes.

        Returns:
            The file, to be written and ended.
        """
        return LongFile(self._file, name.encode(), mode, date, may_need_zip64(size))

    def finish(self, file: LongFile, crc: int, size: int) -> None:
        """End a file after all its pieces.

        Args:
            file: result of `begin`.
            crc: of the original content.
            size: bytes of the original content.
        """
        self._add_lines([file.close(crc, size)])

    def close(self) -> int:
        """Write the central directory and the end of the zip.

        Returns:
            Bytes of the zip.
        """
        end = end_records(self._entries, self._at, len(self._list))
        write(self._file, [self._list, end])
        return self._at + len(self._list) + len(end)

    def _add_lines(self, lines: Sequence[tuple[bytes, int]]) -> None:
        for line, written in lines:
            self._list += with_offset(line, self._at)
            self._at += written
        self._entries += len(lines)


class LongFile:
    """A file in the zip whose sizes and crc are written after its content.

    Args:
        file: the zip.
        name: path in the archive, UTF-8.
        mode: file type and permissions.
        date: result of `dos_date`.
        zip64: whether it may need Zip64.
    """

    def __init__(self, file: FileIO, name: bytes, mode: int, date: int, zip64: bool) -> None:
        self._file = file
        self._start = file.tell()
        self._name, self._mode, self._date, self._wide = name, mode, date, zip64
        self._packed = 0
        self._front = streamed_header(name, date, zip64=zip64)
        write(file, [self._front])

    def write(self, parts: Sequence[Data]) -> None:
        """Write the next packed piece.

        Args:
            parts: parts of the piece.
        """
        self._packed += write(self._file, parts)

    def close(self, crc: int, size: int) -> tuple[bytes, int]:
        """Write the record after the content.

        Args:
            crc: of the original content.
            size: bytes of the original content.

        Returns:
            The line for the central directory, and the bytes that the file takes in the zip.
        """
        trailer, line = streamed_trailer(
            self._name, self._mode, self._date, crc, size, self._packed, zip64=self._wide
        )
        write(self._file, [trailer])
        return line, len(self._front) + self._packed + len(trailer)

    def discard(self) -> None:
        """Remove the file from the zip, back to the state before `begin`."""
        self._file.seek(self._start)
        self._file.truncate()


def write(file: FileIO, parts: Sequence[Data]) -> int:
    """Write all parts, without a copy where the system can do that.

    Args:
        file: the target.
        parts: parts to write, in order.

    Returns:
        Bytes written.

    Raises:
        OSError: if not all could be written. A disk that becomes full takes some first.
    """
    return sum(_write(file, parts[at : at + MAX_PARTS]) for at in range(0, len(parts), MAX_PARTS))


def _write(file: FileIO, parts: Sequence[Data]) -> int:
    size = sum(map(len, parts))
    written = _gather(file.fileno(), parts) if _gather else 0
    if written < size:
        rest = memoryview(b"".join(parts))
        while written < size:
            written += file.write(rest[written:])
    return size
