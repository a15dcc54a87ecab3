"""The output of a job as a terminal would show it: safe text, line by line.

Progress bars are shown in their last state, colours become words (see `colours`), all other
control sequences are removed, and remaining invisible characters are made visible. Time and
memory grow linearly with the length of the text.
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

# With escape sequences a letter can cost as much time as a line. So of a text that has any,
# only so many characters are read for each requested line, and at least so many in all.
_MOST_FOR_A_LINE = 200
_MOST_TO_STEER = 1 << 19

_CUT_SHORT = re.compile(r"\x1b[\]PX^_][^\x07\x1b\x9c\n\r]*\Z")
_GOES_UP = re.compile("(?:\x1b\\[|\x9b)[0-9]*[AF]")
_COLOURS = re.compile("(?:\x1b\\[|\x9b)([0-9;:]*)m")


class Folded(NamedTuple):
    """The last lines of a text.

    Attributes:
        lines: the lines.
        before: number of lines before them.
    """

    lines: tuple[Line, ...]
    before: int


def fold(text: str, most: int) -> Folded:
    """Return the last lines of an output, as a terminal shows them.

    Args:
        text: the output.
        most: number of lines, ≥ 1.

    Returns:
        The lines, and how many come before them.
    """
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
    """Return lines as text without styles.

    Args:
        lines: lines with styles.

    Returns:
        The text of each line.
    """
    return ["".join([text for text, _ in line]) for line in lines]


def decoded(data: bytes, *, is_whole: bool = True) -> str:
    """Return the text of a part of a log, whatever its bytes are.

    Args:
        data: bytes; they begin at the start of a character.
        is_whole: whether this is the end of the log. If not, an incomplete character at the end
            is left out.

    Returns:
        The text; invalid bytes become "\ufffd".
    """
    if not is_whole:
        data = data[: len(data) - _unfinished(data)]
    return data.decode("utf-8", "replace")


def goes_up(text: str) -> bool:
    """Return whether the text moves the cursor up, so that its lines cannot be counted one by one.

    Args:
        text: part of an output.

    Returns:
        True if some lines replace earlier ones.
    """
    return _GOES_UP.search(text) is not None


def _unfinished(data: bytes) -> int:
    """Return the number of bytes at the end that are an incomplete character."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        length = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2
        return back if 0xC2 <= byte <= 0xF4 and length > back else 0
    return 0


def _tail(text: str, most: int) -> tuple[int, str]:
    """Return the number of lines before the last `most` lines, and these lines."""
    at = len(text) - text.endswith("\n")
    for _ in range(most):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0, text
    return text.count("\n", 0, at + 1), text[at + 1 :]


def _too_much(text: str, most: int) -> int:
    """Return where to begin in a long text: at a line, else at a state of a progress bar."""
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
    """Return a line of a text that has no escape sequences."""
    if text.isprintable() and len(text) <= MOST_COLUMNS:
        return ((text, ""),) if text else ()
    screen = Screen(PLAIN)
    screen.add(text)
    return screen.lines[0]


def ends(lines: Sequence[Line], most: int) -> tuple[Line, ...]:
    """Return the last lines, without blank lines at the end.

    Args:
        lines: lines with styles.
        most: number of lines.

    Returns:
        At most `most` lines.
    """
    last = len(lines)
    while last and not "".join(text for text, _ in lines[last - 1]).strip():
        last -= 1
    return tuple(lines[max(0, last - most) : last])
