"""Raw deflate by the fastest available engine: ISA-L, else zlib-ng, else zlib.

Every unzip can read all three. The same engine gives the same bytes for the same data; other
engines give other bytes, so the manifest's hash tells whether two folders are equal.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

Data = bytes | bytearray | memoryview

# The header of an uncompressed block (RFC 1951, 3.2.4): whether it is the last one, its size,
# and the complement of the size.
_STORED = struct.Struct("<BHH")
_MAX_STORED = 0xFFFF  # bytes in such a block
_STORED_BYTE_HEADER = _STORED.pack(False, 1, 1 ^ 0xFFFF)
_PROBES, _PROBE = 4, 16 << 10  # samples that are tried first, bytes of each
_WORTH_PROBING = 4 * _PROBES * _PROBE
_RAW = -15  # no header, a window of 32 KiB
_DEFLATED, _FINISH, _SYNC_FLUSH = zlib.DEFLATED, zlib.Z_FINISH, zlib.Z_SYNC_FLUSH


def _engine() -> tuple[Any, int, int]:
    """Return the module and its measured levels: near zlib 6's size in a tenth of its time.

    The second level is for large data that shrinks to between a half and a quarter, as tables and
    text do: for a table ISA-L's level 3 gives 4 % less than 1 in the same time. For traces it gains
    nothing in twice the time, and for zeros it gives more bytes in twenty times the time.
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
    """Return the compressed data of a whole file or of a sample.

    Args:
        data: the data.

    Returns:
        Raw deflate.
    """
    return b"".join(deflated_parts(data, last=True))


def deflated_parts(data: Data, *, last: bool, before: Data = b"") -> tuple[Data, ...]:
    """Return a compressed piece of a stream; it ends at a whole byte, and the next one can follow.

    It is returned in parts, as the engine gives them: joining them would copy all of a large piece.
    Parts of incompressible data are parts of `data` itself.

    Args:
        data: the data of this piece.
        last: whether nothing follows.
        before: the up to 32 KiB of data before it.

    Returns:
        Parts of the piece, in order.
    """
    level = LEVEL if len(data) < _WORTH_PROBING else _level(data)
    if level is None:
        return _stored(data, last=last)
    flush_mode = _FINISH if last else _SYNC_FLUSH
    if before or not data:
        engine = _compressobj(level, _DEFLATED, _RAW, 8, 0, before)
        return engine.compress(data), engine.flush(flush_mode)
    # Without a dictionary ISA-L may find matches in old content of its memory, so that the
    # same data may give other bytes (still a valid stream). So the first byte is sent as its
    # own block, and is the dictionary.
    first = bytes(data[:1])
    engine = _compressobj(level, _DEFLATED, _RAW, 8, 0, first)
    return (
        _STORED_BYTE_HEADER,
        first,
        engine.compress(memoryview(data)[1:]),
        engine.flush(flush_mode),
    )


def _level(data: Data) -> int | None:
    """Return the level for large data; None if its samples do not shrink.

    Pictures, films and recordings are often compressed already; the test takes a twentieth of
    the time.
    """
    step = len(data) // _PROBES
    for at in range(0, step * _PROBES, step):
        size = len(deflated(data[at : at + _PROBE]))
        if size < _PROBE:
            return TEXT_LEVEL if _PROBE // 4 < size < _PROBE // 2 else LEVEL
    return None


def _stored(data: Data, *, last: bool) -> tuple[Data, ...]:
    """Return uncompressed data, in as few blocks as possible."""
    parts: list[Data] = []
    for at in range(0, len(data), _MAX_STORED):
        block = data[at : at + _MAX_STORED]
        is_last = last and at + len(block) == len(data)
        parts += (_STORED.pack(is_last, len(block), len(block) ^ 0xFFFF), block)
    return tuple(parts)
