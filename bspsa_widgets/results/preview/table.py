"""Parses CSV and TSV by fixed rules, so that the same file always looks the same."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import NamedTuple

from bspsa_widgets.domain.jobs import number
from bspsa_widgets.results.preview.text import clean, decoded

MOST_BYTES = 1_000_000  # bytes to read at most
MOST_ROWS = 200
MOST_COLUMNS = 30
MOST_CELL = 200  # characters


class Table(NamedTuple):
    """Beginning of a table.

    Attributes:
        header: column names; empty if the first row contains a number.
        rows: rows.
        is_cut: whether something is omitted.
    """

    header: list[str]
    rows: list[list[str]]
    is_cut: bool


def table(name: str, data: bytes) -> Table | None:
    """Return the beginning of a table.

    A `.tsv` file is split at tabs, any other at the most frequent of comma, semicolon and tab in
    its first line. The first row is a header unless a cell in it is a number.

    Args:
        name: name of the file.
        data: the file's first bytes.

    Returns:
        the table; None if it is none.
    """
    is_whole = len(data) <= MOST_BYTES
    text = clean(decoded(data[:MOST_BYTES]))
    if not is_whole:
        text = text[: text.rfind("\n") + 1]  # the last line may be incomplete
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(name, text))
    try:
        rows = [row for row in islice(reader, MOST_ROWS + 2) if row]
    except csv.Error:
        return None
    if not rows:
        return None
    header = [] if any(number(cell) is not None for cell in rows[0]) else rows.pop(0)
    is_cut = not is_whole or len(rows) > MOST_ROWS
    is_cut = is_cut or any(map(_is_cut, [header, *rows]))
    return Table(_short(header), [_short(row) for row in rows[:MOST_ROWS]], is_cut)


def _delimiter(name: str, text: str) -> str:
    if name.lower().endswith(".tsv"):
        return "\t"
    first = text.lstrip("\n").partition("\n")[0]
    return max(",;\t", key=first.count)  # the first one if counts are equal


def _short(row: list[str]) -> list[str]:
    return [_cell(cell) for cell in row[:MOST_COLUMNS]]


def _cell(text: str) -> str:
    return text if len(text) <= MOST_CELL else f"{text[:MOST_CELL]}…"


def _is_cut(row: list[str]) -> bool:
    return len(row) > MOST_COLUMNS or any(len(cell) > MOST_CELL for cell in row)
