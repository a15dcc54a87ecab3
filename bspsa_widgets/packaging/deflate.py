"""Raw deflate by the fastest engine that is here: ISA-L, else zlib-ng, else zlib.

Every unzip reads all three. The same data gives the same bytes by the same engine; those of
another engine differ, so it is the manifest's hash that says whether two folders are the same.
"""

from __future__ import annotations

import zlib
from typing import Any

Data = bytes | bytearray | memoryview

# A block of one byte that is not compressed, and not the last one (RFC 1951, 3.2.4).
_STORED = b"\x00\x01\x00\xfe\xff"
_RAW = -15  # no header, a window of 32 KiB


def _engine() -> tuple[Any, int]:
    """The module and its level, by measurement: nearly zlib 6's size, in a tenth of its time."""
    try:
        from isal import isal_zlib

        return isal_zlib, 1
    except ImportError:  # no wheel for this machine
        pass
    try:
        from zlib_ng import zlib_ng

        return zlib_ng, 2  # its level 1 makes random data longer
    except ImportError:
        return zlib, 1


ENGINE, LEVEL = _engine()
WINDOW = 32 << 10  # bytes that a match may reach back
crc32 = ENGINE.crc32
_compressobj = ENGINE.compressobj


def deflated(data: Data) -> bytes:
    """The whole of a file's data, or of a sample."""
    return deflated_piece(data, last=True)


def deflated_piece(data: Data, *, last: bool, before: Data = b"") -> bytes:
    """A piece of a stream, to be joined to the next one: it ends at a whole byte.

    Args:
        last: nothing comes behind it. before: the up to 32 KiB that come before it.
    """
    start = b""
    if not before and data:
        # Without a dictionary ISA-L looks for matches in whatever was in its memory before,
        # so that the same data may give other bytes (still a good stream). So the first
        # byte goes ahead as a block of its own, and is what comes before.
        before, data = bytes(data[:1]), memoryview(data)[1:]
        start = _STORED + before
    engine = _compressobj(LEVEL, zlib.DEFLATED, _RAW, 8, 0, before)
    packed: bytes = engine.compress(data)
    rest: bytes = engine.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
    return start + packed + rest
