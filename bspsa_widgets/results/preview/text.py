"""Bytes of a result as text that is safe to show: decoded, cleaned, and bounded."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

MOST_BYTES = 200_000  # of a file that are shown as text
MOST_LINE = 2_000  # characters of a line
_SEARCHED = 8_192  # bytes by which text is told from the rest

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Controls, and the marks that turn the direction of what stands around them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Text(NamedTuple):
    """`text` to be shown; `is_cut`: there is more."""

    text: str
    is_cut: bool


def is_text(data: bytes) -> bool:
    """Whether it reads as text: no NUL near its start, unless it says that it is UTF-16."""
    return _mark(data)[1].startswith("utf-16") or b"\0" not in data[:_SEARCHED]


def decoded(data: bytes) -> str:
    """As UTF-8, or UTF-16 where it begins with that mark; what is neither becomes �."""
    mark, encoding = _mark(data)
    return data[len(mark) :].decode(encoding, "replace")


def shown(data: bytes) -> Text:
    """The beginning of a text file."""
    text = clean(decoded(data[:MOST_BYTES]))
    short = bounded(text)
    return Text(short, len(data) > MOST_BYTES or short != text)


def clean(text: str) -> str:
    """Lines end in one way, colours are dropped, other controls become visible."""
    plain = _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub("\ufffd", plain.encode("utf-8", "replace").decode("utf-8"))


def bounded(text: str) -> str:
    """Without the rest of lines that no screen can hold."""
    if max(map(len, text.split("\n"))) <= MOST_LINE:
        return text
    return "\n".join(
        line if len(line) <= MOST_LINE else f"{line[:MOST_LINE]}…" for line in text.split("\n")
    )


def _mark(data: bytes) -> tuple[bytes, str]:
    """What it begins with to say how it is encoded, and the encoding."""
    return next(((m, name) for m, name in _MARKS.items() if data.startswith(m)), (b"", "utf-8"))
