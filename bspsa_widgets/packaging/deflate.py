"""Raw deflate by the fastest engine that is here: ISA-L, else zlib-ng, else zlib.

Every unzip reads all three. Their bytes differ, so it is the manifest's hash, not the
archive's, that says whether two folders are the same.
"""

from __future__ import annotations

import zlib
from typing import Any

Data = bytes | bytearray | memoryview

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
crc32 = ENGINE.crc32


def deflated(data: Data) -> bytes:
    """The whole of a file's data, or of a sample."""
    packed: bytes = ENGINE.compress(data, LEVEL, _RAW)
    return packed


def deflated_piece(data: Data, *, last: bool) -> bytes:
    """A piece that can be joined to the next one: it ends at a whole byte."""
    engine = ENGINE.compressobj(LEVEL, ENGINE.DEFLATED, _RAW)
    packed: bytes = engine.compress(data)
    rest: bytes = engine.flush(ENGINE.Z_FINISH if last else ENGINE.Z_SYNC_FLUSH)
    return packed + rest
