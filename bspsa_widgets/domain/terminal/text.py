"""What a job printed, as a terminal would show it: as safe text, line by line.

Progress bars are shown in their last state, colours become words (`terminal_colours`),
everything else that steers a terminal is taken out, and what is left and could not be seen
is made visible. Time and memory grow with the length of the text only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bspsa_widgets.domain.terminal.colours import PLAIN, Style, styled
from bspsa_widgets.domain.terminal.screen import CUT, MOST_COLUMNS, Line, Run, Screen, steers

__all__ = [
    "CUT",
    "MOST_COLUMNS",
    "Folded",
    "Line",
    "Run",
    "decoded",
    "ends",
    "fold",
    "goes_up",
    "plain",
]

# Escape sequences can make a letter cost as much as a line. So many characters of a text that
# has any are looked at for each line asked for, and at least so many in all.
_MOST_FOR_A_LINE = 200
_MOST_TO_STEER = 1 << 19

_CUT_SHORT = re.compile(r"\x1b[\]PX^_][^\x07\x1b\x9c\n\r]*\Z")
_GOES_UP = re.compile("(?:\x1b\\[|\x9b)[0-9]*[AF]")
_COLOURS = re.compile("(?:\x1b\\[|\x9b)([0-9;:]*)m")


class Folded(NamedTuple):
    """The last lines of a text, and how many there are before them."""

    lines: tuple[Line, ...]
    before: int


def fold(text: str, most: int) -> Folded:
    """The last `most` lines (≥ 1) of what was printed."""
    if not steers(text):
        before, text = _tail(text, most)
        return Folded(tuple([_line(row) for row in _rows(text)]), before)
    before, head = 0, ""
    if _GOES_UP.search(text) is None:
        before, rest = _tail(text, most)
        head, text = text[: len(text) - len(rest)], rest
    skipped = _too_much(text, most)
    before += text.count("\n", 0, skipped)
    head, text = head + text[:skipped], text[skipped:]
    if _CUT_SHORT.match(text, last := max(0, text.rfind("\x1b"))):
        text = text[:last]
    screen = Screen(_style_after(head))
    for row in _rows(text):
        screen.add(row)
    lines = screen.lines
    cut = max(0, len(lines) - most)
    return Folded(tuple(lines[cut:]), before + cut)


def plain(lines: Iterable[Line]) -> list[str]:
    """The text alone."""
    return ["".join([text for text, _ in line]) for line in lines]


def decoded(data: bytes, *, is_whole: bool = True) -> str:
    """The text of a piece of a log, whatever its bytes are.

    Args:
        data: beginning with a character. is_whole: more will come if it is not, and then a
            character that is not whole yet at the end is left out.
    """
    if not is_whole:
        data = data[: len(data) - _unfinished(data)]
    return data.decode("utf-8", "replace")


def goes_up(text: str) -> bool:
    """Lines of it are shown in the place of earlier ones: they cannot be counted singly."""
    return _GOES_UP.search(text) is not None


def _unfinished(data: bytes) -> int:
    """Bytes at the end that begin a character and are not all of it."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2
        return back if 0xC2 <= byte <= 0xF4 and length > back else 0
    return 0


def _tail(text: str, most: int) -> tuple[int, str]:
    """The last lines, and how many there are before them."""
    at = len(text) - text.endswith("\n")
    for _ in range(most):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0, text
    return text.count("\n", 0, at + 1), text[at + 1 :]


def _too_much(text: str, most: int) -> int:
    """Where to begin: at a line, else at a state of a progress bar."""
    at = len(text) - max(_MOST_TO_STEER, most * _MOST_FOR_A_LINE)
    if at <= 0:
        return 0
    for end in "\n\r":
        if 0 <= (found := text.find(end, at)) < len(text) - 1:
            return found + 1
    return at


def _style_after(text: str) -> Style:
    style = PLAIN
    for codes in _COLOURS.findall(text):
        style = styled(style, codes)
    return style


def _rows(text: str) -> list[str]:
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    return rows


def _line(text: str) -> Line:
    """A line of a text that has no escape sequences."""
    if text.isprintable() and len(text) <= MOST_COLUMNS:
        return ((text, ""),) if text else ()
    screen = Screen(PLAIN)
    screen.add(text)
    return screen.lines[0]


def ends(lines: Sequence[Line], most: int) -> tuple[Line, ...]:
    """The last `most` lines that are not blank at the end."""
    last = len(lines)
    while last and not "".join(text for text, _ in lines[last - 1]).strip():
        last -= 1
    return tuple(lines[max(0, last - most) : last])
