"""Formats JSON with indentation; parts that are too deep or too long are omitted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bspsa_widgets.results.preview.text import MOST_BYTES as MOST_CHARACTERS
from bspsa_widgets.results.preview.text import Text, clean

MOST_BYTES = 2_000_000  # maximum size of a file that is read as JSON; a larger one is shown as text
MOST_DEPTH = 12
MOST_ITEMS = 200  # of one list or object
MOST_STRING = 500  # characters


def loaded(data: bytes) -> Any:
    """Decode a JSON document.

    Args:
        data: the document.

    Returns:
        the decoded value.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return json.loads(data.decode("utf-8-sig", "strict"))
    except RecursionError:
        raise ValueError("nested too deep") from None


class _Gap(str):
    """Text that replaces an omitted part."""

    __slots__ = ()


def indented(found: Any) -> Text:
    """Return the document indented, with “…” where something is omitted.

    Args:
        found: the decoded document.

    Returns:
        the text.
    """
    pieces: list[str] = []
    size = 0
    is_cut = False
    for piece in _pieces(found, 0):
        is_cut = is_cut or isinstance(piece, _Gap)
        pieces.append(piece)
        size += len(piece)
        if size > MOST_CHARACTERS:
            return Text(clean("".join(pieces))[:MOST_CHARACTERS], True)
    return Text(clean("".join(pieces)), is_cut)


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and value:
        pairs = ((f"{_scalar(str(key))}: ", item) for key, item in value.items())
        yield from _group("{", pairs, len(value), "}", depth)
    elif isinstance(value, list) and value:
        yield from _group("[", (("", item) for item in value), len(value), "]", depth)
    else:
        yield _scalar(value)


def _group(
    first: str, items: Iterator[tuple[str, Any]], count: int, last: str, depth: int
) -> Iterator[str]:
    if depth >= MOST_DEPTH:
        yield _Gap(f"{first} … {last}")
        return
    inner = "\n" + "  " * (depth + 1)
    yield first
    for number, (label, item) in enumerate(items):
        if number == MOST_ITEMS:
            yield _Gap(f"{inner}… {count - number:,} more")
            break
        yield inner + label
        yield from _pieces(item, depth + 1)
        if number + 1 < count:
            yield ","
    yield "\n" + "  " * depth + last


def _scalar(value: Any) -> str:
    if isinstance(value, str) and len(value) > MOST_STRING:
        return _Gap(json.dumps(value[:MOST_STRING], ensure_ascii=False) + "…")
    return json.dumps(value, ensure_ascii=False)
