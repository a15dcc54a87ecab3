"""Pack files that fit into memory: read completely, compressed at once."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from bspsa_widgets.packaging.entries import Member
from bspsa_widgets.packaging.source import read_small_file
from bspsa_widgets.packaging.zip.deflate import Data, crc32, deflated_parts
from bspsa_widgets.packaging.zip.records import DEFLATED, STORED, dos_date, records


class PackedFiles(NamedTuple):
    """Some packed files, in the order in which they go into the zip.

    Attributes:
        entries: path, size, sha256 (hex) and mode of each, as in a manifest's `Entry`.
        lines: line of each in the central directory, without its offset (see `with_offset`), and
            the bytes that the file takes in the zip.
        parts: headers and packed contents of all; not joined, because that would copy them.
    """

    entries: list[tuple[str, int, str, int]]
    lines: list[tuple[bytes, int]]
    parts: list[Data]


def pack_files(files: Iterable[tuple[Member, int]], name: str) -> PackedFiles:
    """Read, pack and close files.

    Args:
        files: each with its open descriptor.
        name: name of the archive's top-level folder.

    Returns:
        The packed files.

    Raises:
        PackingError: if one cannot be read, or changes all the time.
    """
    entries: list[tuple[str, int, str, int]] = []
    lines: list[tuple[bytes, int]] = []
    parts: list[Data] = []
    for member, handle in files:
        path, expected, _, stamp = member
        try:
            data, about = read_small_file(handle, path, expected, stamp)
        finally:
            os.close(handle)
        method, packed = DEFLATED, deflated_parts(data, last=True)
        size = sum(map(len, packed))
        if size >= len(data):
            method, packed, size = STORED, (data,), len(data)
        mode, date = mode_of(about), dos_date(int(about.st_mtime))
        name_in_zip = f"{name}/{path}".encode()
        front, line = records(name_in_zip, mode, date, method, crc32(data), len(data), size)
        entries.append((path, len(data), hashlib.sha256(data).hexdigest(), mode))
        lines.append((line, len(front) + size))
        parts.append(front)
        parts += packed
    return PackedFiles(entries, lines, parts)


def mode_of(about: os.stat_result) -> int:
    """Return the mode for the archive: whether it is executable; the umask decides the rest.

    Args:
        about: metadata of the file.

    Returns:
        File type and permissions.
    """
    return stat.S_IFREG | (0o755 if about.st_mode & 0o100 else 0o644)
