"""Decodes bytes as text that is safe to show, with a length limit."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

MOST_BYTES = 200_000  # bytes to show at most
MOST_LINE = 2_000  # characters of a line
_SEARCHED = 8_192  # bytes to check for NUL

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Control characters, and marks that change the text direction.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Text(NamedTuple):
    """Text to show.

    Attributes:
        text: the text.
        is_cut: whether something is omitted.
    """

    text: str
    is_cut: bool


def is_text(data: bytes) -> bool:
    """Return whether bytes are text: no NUL near the start, or a UTF-16 mark.

    Args:
        data: the file's first bytes.

    Returns:
        True if they are.
    """
    return _mark(data)[1].startswith("utf-16") or b"\0" not in data[:_SEARCHED]


def decoded(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 if there is its mark; invalid bytes become �.

    Args:
        data: the bytes.

    Returns:
        the text.
    """
    mark, encoding = _mark(data)
    return data[len(mark) :].decode(encoding, "replace")


def shown(data: bytes) -> Text:
    """Return the beginning of a text file.

    Args:
        data: the file's first bytes.

    Returns:
        the text.
    """
    text = clean(decoded(data[:MOST_BYTES]))
    short = bounded(text)
    return Text(short, len(data) > MOST_BYTES or short != text)


def clean(text: str) -> str:
    """Normalize line ends, remove colours, and make other control characters visible.

    Args:
        text: the text.

    Returns:
        the clean text.
    """
    plain = _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub("\ufffd", plain.encode("utf-8", "replace").decode("utf-8"))


def bounded(text: str) -> str:
    """Return the text with long lines cut.

    Args:
        text: the text.

    Returns:
        the text.
    """
    if max(map(len, text.split("\n"))) <= MOST_LINE:
        return text
    return "\n".join(
        line if len(line) <= MOST_LINE else f"{line[:MOST_LINE]}…" for line in text.split("\n")
    )


def _mark(data: bytes) -> tuple[bytes, str]:
    """Return the byte order mark at the start, and the encoding."""
    return next(((m, name) for m, name in _MARKS.items() if data.startswith(m)), (b"", "utf-8"))
