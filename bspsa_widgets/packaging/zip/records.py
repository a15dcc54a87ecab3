"""A zip's records as bytes, by PKWARE's APPNOTE 6.3.

The zipfile module takes longer for its records than packing takes for small files, and it
cannot add data that is compressed already.
"""

from __future__ import annotations

import struct
import time
from functools import lru_cache

STORED, DEFLATED = 0, 8
LIMIT = 0xFFFFFFFF  # values from here on need a Zip64 field
MAX_ENTRIES = 0xFFFF

# Both records of a file have the same middle: flags to the length of the extra field.
_MIDDLE = struct.Struct("<HHIIIIHH")
_TAIL = struct.Struct("<HHHII")
_OFFSET, _EXTRA_LENGTH, _NAME = 42, 30, 46  # offsets in a line of the central directory
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<IIQI")
_SHORTS = struct.Struct("<HH")
_LONG = struct.Struct("<Q")
_TRAILER, _TRAILER64 = struct.Struct("<IIII"), struct.Struct("<IIQQ")

_UNIX = 3 << 8  # "made by" Unix, so that unzip restores the mode
_PLAIN, _ZIP64 = 20, 45  # version needed to read it
_STREAMED, _UTF8 = 1 << 3, 1 << 11  # flags: crc and sizes follow the content; name is UTF-8
_FOLDER, _DOS_FOLDER = 0o040000, 0x10  # marks of a folder in Unix and DOS
_LOCAL = struct.pack("<IH", 0x04034B50, _PLAIN)
_LOCAL64 = struct.pack("<IH", 0x04034B50, _ZIP64)
_LINE = struct.pack("<IHH", 0x02014B50, _UNIX | _PLAIN, _PLAIN)
_LINE64 = struct.pack("<IHH", 0x02014B50, _UNIX | _ZIP64, _ZIP64)
_FIXED = (1980, 1, 1, 0, 0, 0)


def may_need_zip64(size: int) -> bool:
    """Return whether a file, or its packed form, may need Zip64.

    Args:
        size: bytes of the file.

    Returns:
        True if it may.
    """
    return size + size // 1000 + 1024 >= LIMIT


def records(
    name: bytes, mode: int, date: int, method: int, crc: int, size: int, packed: int
) -> tuple[bytes, bytes]:
    """Return the local header of a file, and its line in the central directory.

    The line still needs its offset: see `with_offset`.

    Args:
        name: name in the archive, UTF-8.
        mode: file type and permissions.
        date: result of `dos_date`.
        method: STORED or DEFLATED.
        crc: of the content.
        size: bytes of the content.
        packed: bytes in the archive.

    Returns:
        The header and the line.
    """
    middle = _MIDDLE.pack(_flags(name), method, date, crc, packed, size, len(name), 0)
    tail = _TAIL.pack(0, 0, 0, mode << 16 | (mode & _FOLDER and _DOS_FOLDER), 0)
    return _LOCAL + middle + name, _LINE + middle + tail + name


def streamed_header(name: bytes, date: int, *, zip64: bool) -> bytes:
    """Return the local header of a deflated file whose crc and sizes follow the content.

    Args:
        name: name in the archive, UTF-8.
        date: result of `dos_date`.
        zip64: whether the file `may_need_zip64`; readers learn from it how long the sizes are.

    Returns:
        The header.
    """
    flags = _STREAMED | _flags(name)
    if not zip64:
        return _LOCAL + _MIDDLE.pack(flags, DEFLATED, date, 0, 0, 0, len(name), 0) + name
    extra = _SHORTS.pack(1, 16) + bytes(16)
    sizes = LIMIT, LIMIT
    middle = _MIDDLE.pack(flags, DEFLATED, date, 0, *sizes, len(name), len(extra))
    return _LOCAL64 + middle + name + extra


def streamed_trailer(
    name: bytes, mode: int, date: int, crc: int, size: int, packed: int, *, zip64: bool
) -> tuple[bytes, bytes]:
    """Return the record after such a content, and the file's line in the central directory.

    Args:
        name: name in the archive, UTF-8.
        mode: file type and permissions.
        date: result of `dos_date`.
        crc: of the content.
        size: bytes of the content.
        packed: bytes in the archive.
        zip64: as for `streamed_header`.

    Returns:
        The record and the line; the line still needs its offset: see `with_offset`.
    """
    trailer = (_TRAILER64 if zip64 else _TRAILER).pack(0x08074B50, crc, packed, size)
    big = b"".join(_LONG.pack(value) for value in (size, packed) if value >= LIMIT)
    extra = _SHORTS.pack(1, len(big)) + big if big else b""
    sizes = min(packed, LIMIT), min(size, LIMIT)
    flags = _STREAMED | _flags(name)
    middle = _MIDDLE.pack(flags, DEFLATED, date, crc, *sizes, len(name), len(extra))
    start = _LINE64 if zip64 else _LINE
    return trailer, start + middle + _TAIL.pack(0, 0, 0, mode << 16, 0) + name + extra


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else _UTF8


def with_offset(line: bytes, offset: int) -> bytes:
    """Return a line of the central directory with the offset of the file's local header.

    Args:
        line: a line without its offset.
        offset: position in the archive, bytes; beyond 4 GiB it is a Zip64 field.

    Returns:
        The complete line.
    """
    if offset < LIMIT:
        return line[:_OFFSET] + offset.to_bytes(4, "little") + line[_NAME:]
    length, _ = _SHORTS.unpack_from(line, _EXTRA_LENGTH - 2)
    end = _NAME + length
    big = line[end + 4 :] + _LONG.pack(offset)  # in this order: sizes, offset
    extra = _SHORTS.pack(1, len(big)) + big
    front = _LINE64 + line[len(_LINE64) : _EXTRA_LENGTH]
    after = line[_EXTRA_LENGTH + 2 : _OFFSET] + LIMIT.to_bytes(4, "little") + line[_NAME:end]
    return front + len(extra).to_bytes(2, "little") + after + extra


def end_records(entries: int, start: int, size: int) -> bytes:
    """Return the records at the end of the archive.

    Args:
        entries: number of entries.
        start: position of the central directory, bytes.
        size: bytes of the central directory.

    Returns:
        The records.
    """
    end = _END.pack(
        0x06054B50,
        0,
        0,
        min(entries, MAX_ENTRIES),
        min(entries, MAX_ENTRIES),
        min(size, LIMIT),
        min(start, LIMIT),
        0,
    )
    if entries < MAX_ENTRIES and start < LIMIT and size < LIMIT:
        return end
    zip64 = _END64.pack(0x06064B50, 44, _UNIX | _ZIP64, _ZIP64, 0, 0, entries, entries, size, start)
    return zip64 + _LOCATOR64.pack(0x07064B50, 0, start + size, 1) + end


@lru_cache(maxsize=256)
def dos_date(seconds: int) -> int:
    """Return a time as a zip holds it: local, in steps of 2 s, 1980 to 2107.

    Args:
        seconds: since the epoch.

    Returns:
        Date and time, 32 bits.
    """
    try:
        date = time.localtime(seconds)[:6]
    except (OverflowError, OSError, ValueError):
        date = _FIXED if seconds < 0 else (2108, 1, 1, 0, 0, 0)
    if date[0] < 1980:
        date = _FIXED
    elif date[0] > 2107:
        date = (2107, 12, 31, 23, 59, 58)
    year, month, day, hour, minute, second = date
    return (year - 1980) << 25 | month << 21 | day << 16 | hour << 11 | minute << 5 | second // 2
