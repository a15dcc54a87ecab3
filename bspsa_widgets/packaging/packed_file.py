"""A file that fits into memory: read whole, and packed at once."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import NamedTuple

from bspsa_widgets.packaging.deflate import crc32, deflated
from bspsa_widgets.packaging.source import read_whole
from bspsa_widgets.packaging.zip_records import DEFLATED, STORED, Facts, dos_date, records


class PackedFile(NamedTuple):
    """A file as it goes into the zip.

    Attributes:
        path: relative to the folder. mode: type and permissions.
        size: bytes. sha256: hex, of the content.
        record: what goes into the zip, front and packed content.
        line: in the list at its end, to be `placed`.
    """

    path: str
    mode: int
    size: int
    sha256: str
    record: bytes
    line: bytes


class Wanted(NamedTuple):
    """A file to be packed.

    Attributes:
        path: relative to the folder. name: in the archive. source: the path it is read from.
        size, stamp: bytes and `stamp_of` it when it was looked at.
    """

    path: str
    name: str
    source: str
    size: int
    stamp: int


def pack_file(wanted: Wanted, handle: int) -> PackedFile:
    """Read, pack and close an open file.

    Raises:
        PackingError: it cannot be read, or changes all the time.
    """
    path, name, _, size, stamp = wanted
    try:
        data, about = read_whole(handle, path, size, stamp)
    finally:
        os.close(handle)
    packed = deflated(data)
    method = DEFLATED
    if len(packed) >= len(data):
        method, packed = STORED, data
    mode, date = mode_of(about), dos_date(int(about.st_mtime))
    front, line = records(
        Facts(name.encode(), mode, date, method, crc32(data), len(data), len(packed))
    )
    return PackedFile(path, mode, len(data), hashlib.sha256(data).hexdigest(), front + packed, line)


def mode_of(about: os.stat_result) -> int:
    """Whether it can be run; the rest of the mode is the umask's work."""
    return stat.S_IFREG | (0o755 if about.st_mode & 0o100 else 0o644)
