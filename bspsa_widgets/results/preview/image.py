"""Detects images by their first bytes and reads their size."""

from __future__ import annotations

from typing import NamedTuple

MOST_BYTES = 5_000_000  # maximum size of an image file
MOST_PIXELS = 40_000_000  # decoded, four bytes each
MOST_SIDE = 16_384  # pixels

_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # markers of size segments
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


class ImageInfo(NamedTuple):
    """Type and size of an image.

    Attributes:
        mime: MIME type.
        width: width in pixels.
        height: height in pixels.
    """

    mime: str
    width: int
    height: int

    @property
    def is_showable(self) -> bool:
        """Whether the decoded image is small enough for the browser's memory."""
        return (
            0 < self.width <= MOST_SIDE
            and 0 < self.height <= MOST_SIDE
            and self.width * self.height <= MOST_PIXELS
        )


def picture(data: bytes) -> ImageInfo | None:
    """Return type and size of an image, detected by its first bytes, not by its name.

    Args:
        data: the file's first bytes.

    Returns:
        type and size; None if it is no supported image.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return _made("image/png", data[16:20], data[20:24], "big")
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _made("image/gif", data[6:8], data[8:10], "little")
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    return None


def _made(mime: str, width: bytes, height: bytes, order: str) -> ImageInfo | None:
    if not width or not height:
        return None
    big = order == "big"
    return ImageInfo(
        mime,
        int.from_bytes(width, "big" if big else "little"),
        int.from_bytes(height, "big" if big else "little"),
    )


def _webp(data: bytes) -> ImageInfo | None:
    """Read the size of a lossy, lossless or extended WebP image."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    elif kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        return None
    return ImageInfo("image/webp", width, height)


def _jpeg(data: bytes) -> ImageInfo | None:
    """Read the size from the segments before the image data."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_SIZES:
            return _made("image/jpeg", data[at + 7 : at + 9], data[at + 5 : at + 7], "big")
        if marker == 0xFF:
            at += 1  # padding
        elif marker in _JPEG_BARE:
            at += 2
        else:
            at += 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
    return None
