"""Raw deflate by the fastest engine that is here: ISA-L, else zlib-ng, else zlib.

Every unzip reads all three. The same data gives the same bytes by the same engine; those of
another engine differ, so it is the manifest's hash that says whether two folders are the same.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

Data = bytes | bytearray | memoryview

# The start of a block that is not compressed (RFC 1951, 3.2.4): is it the last one, its bytes,
# and those bits turned round.
_STORED = struct.Struct("<BHH")
_MOST_STORED = 0xFFFF  # bytes in such a block
_ONE_STORED = _STORED.pack(False, 1, 1 ^ 0xFFFF)
_PROBES, _PROBE = 4, 16 << 10  # places that are tried before much work is done, bytes in each
_WORTH_PROBING = 4 * _PROBES * _PROBE
_RAW = -15  # no header, a window of 32 KiB
_DEFLATED, _FINISH, _SYNC_FLUSH = zlib.DEFLATED, zlib.Z_FINISH, zlib.Z_SYNC_FLUSH


def _engine() -> tuple[Any, int, int]:
    """The module and its levels, by measurement: nearly zlib 6's size, in a tenth of its time.

    The second is for large data that shrinks to between a half and a quarter, as tables and
    text do: of a table ISA-L's 3 leaves 4 % less than its 1, in the same time. Of traces it
    leaves no less in twice the time, of zeros more in twenty times.
    """
    try:
        from isal import isal_zlib

        return isal_zlib, 1, 3
    except ImportError:  # no wheel for this machine
        pass
    try:
        from zlib_ng import zlib_ng

        return zlib_ng, 2, 2  # its level 1 makes random data longer
    except ImportError:
        return zlib, 1, 1


ENGINE, LEVEL, TEXT_LEVEL = _engine()
WINDOW = 32 << 10  # bytes that a match may reach back
crc32 = ENGINE.crc32
_compressobj = ENGINE.compressobj


def deflated(data: Data) -> bytes:
    """The whole of a file's data, or of a sample."""
    return b"".join(deflated_parts(data, last=True))


def deflated_parts(data: Data, *, last: bool, before: Data = b"") -> tuple[Data, ...]:
    """A piece of a stream, to be joined to the next one: it ends at a whole byte.

    It is in parts, as the engine hands it out: to join them would copy all of a large piece.
    Parts of what does not shrink are parts of `data` itself.

    Args:
        last: nothing comes behind it. before: the up to 32 KiB that come before it.
    """
    level = LEVEL if len(data) < _WORTH_PROBING else _level(data)
    if level is None:
        return _stored(data, last=last)
    end = _FINISH if last else _SYNC_FLUSH
    if before or not data:
        engine = _compressobj(level, _DEFLATED, _RAW, 8, 0, before)
        return engine.compress(data), engine.flush(end)
    # Without a dictionary ISA-L looks for matches in whatever was in its memory before, so that
    # the same data may give other bytes (still a good stream). So the first byte goes ahead as
    # a block of its own, and is what comes before.
    first = bytes(data[:1])
    engine = _compressobj(level, _DEFLATED, _RAW, 8, 0, first)
    return _ONE_STORED, first, engine.compress(memoryview(data)[1:]), engine.flush(end)


def _level(data: Data) -> int | None:
    """The level for much data; None: it does not shrink, at least where it was tried.

    Pictures, films and recordings are often compressed already; a look costs a twentieth.
    """
    step = len(data) // _PROBES
    for at in range(0, step * _PROBES, step):
        left = len(deflated(data[at : at + _PROBE]))
        if left < _PROBE:
            return TEXT_LEVEL if _PROBE // 4 < left < _PROBE // 2 else LEVEL
    return None


def _stored(data: Data, *, last: bool) -> tuple[Data, ...]:
    """As it is, in as few blocks as there can be."""
    parts: list[Data] = []
    for at in range(0, len(data), _MOST_STORED):
        block = data[at : at + _MOST_STORED]
        is_last = last and at + len(block) == len(data)
        parts += (_STORED.pack(is_last, len(block), len(block) ^ 0xFFFF), block)
    return tuple(parts)
