"""A terminal screen that is as wide and as long as the text printed on it.

It handles what progress bars use (carriage return, backspace, erasing, moving up some lines)
and colours; all other escape sequences are left out. Invisible characters are made visible.
"""

from __future__ import annotations

import re
from itertools import groupby

from bspsa_widgets.domain.terminal.colours import Style, classes, styled

Run = tuple[str, str]  # text, and the words for how it looks ("" for plain text)
Line = tuple[Run, ...]

MOST_COLUMNS = 2000  # of a line; what is longer is cut
CUT = " …"
MOST_ROWS_UP = 200  # a cursor goes back so far at most
_TAB = 8

# Of each token: the codes and the end of a control sequence, or a move.
_TOKEN = re.compile(
    r"""
      (?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~]?)                     # one that is cut has no end
    | \x1b[\]PX^_][^\x07\x1b\x9c\n\r]*(?:\x07|\x1b\\|\x9c)       # titles, links, images
    | \x1b[ -/]*[0-~]?
    | (\r|\t+|\x08+)
    """,
    re.VERBOSE,
)
_STEERS = re.compile("[\x08\x1b\x9b]")


class _Row:
    """A line that is being written to.

    Stored as runs while it only grows; else as a character and a look for each column.
    """

    def __init__(self, line: Line = ()) -> None:
        self._runs = list(line)
        self._signs: list[str] | None = None
        self._looks: list[str] = []
        self.length = sum([len(text) for text, _ in line])

    def write(self, column: int, text: str, look: str) -> None:
        """Write from a column on, over existing text."""
        text = text[: max(0, MOST_COLUMNS + 1 - column)]  # one more column marks it as too long
        if not text:
            return
        if self._signs is None and column == self.length:
            self._runs.append((text, look))
            self.length += len(text)
            return
        signs = self._cells()
        if column > len(signs):
            self._looks += [""] * (column - len(signs))
            signs += " " * (column - len(signs))
        signs[column : column + len(text)] = text
        self._looks[column : column + len(text)] = [look] * len(text)
        self.length = len(signs)

    def erase(self, column: int, how: str) -> None:
        """Erase from the column on (`how` is "" or 0), up to it (1), or the whole line (2)."""
        if how == "2" or (how in ("", "0") and column == 0):
            self._runs, self._signs, self.length = [], None, 0
        elif how in ("", "0") and column < self.length:
            signs = self._cells()
            del signs[column:], self._looks[column:]
            self.length = column
        elif how == "1":
            self.write(0, " " * min(column + 1, self.length), "")

    def line(self) -> Line:
        """Return the line as it is now."""
        runs = self._runs if self._signs is None else self._joined()
        if self.length > MOST_COLUMNS:
            text, look = runs[-1]
            runs = [*runs[:-1], (text[:-1], look), (CUT, "")]
        return tuple([(_visible(text), look) for text, look in runs if text])

    def _cells(self) -> list[str]:
        if self._signs is None:
            self._signs = list("".join([text for text, _ in self._runs]))
            self._looks = [look for text, look in self._runs for _ in text]
        return self._signs

    def _joined(self) -> list[Run]:
        runs: list[Run] = []
        begin, signs = 0, self._signs or []
        for look, same in groupby(self._looks):
            end = begin + sum(1 for _ in same)
            runs.append(("".join(signs[begin:end]), look))
            begin = end
        return runs


class Screen:
    """A screen that grows with its text, with a cursor and a current style.

    Args:
        style: style at the beginning.
    """

    def __init__(self, style: Style) -> None:
        self._rows: list[Line | _Row] = []
        self._at = 0  # the cursor's row
        self._column = 0
        self._style = style

    @property
    def lines(self) -> list[Line]:
        """All lines, as they are now."""
        return [row.line() if isinstance(row, _Row) else row for row in self._rows]

    def add(self, text: str) -> None:
        """Print a line; the cursor goes to the next row.

        Args:
            text: the line without its line end.
        """
        text = text.rstrip("\r")
        if self._at < len(self._rows) or _is_written_over(text):
            self._print(text)
        else:
            self._rows.append(_simple(text, classes(self._style)))
        self._at += 1
        self._column = 0

    def _print(self, text: str) -> None:
        parts = _TOKEN.split(text)
        self._write(parts[0])
        for at in range(1, len(parts), 4):
            codes, final, move, told = parts[at : at + 4]
            if final == "m":
                self._style = styled(self._style, codes)
            elif final:
                self._obey(final, codes)
            elif move:
                self._move(move)
            if told:
                self._write(told)

    def _row(self) -> _Row:
        while self._at >= len(self._rows):
            self._rows.append(())
        row = self._rows[self._at]
        if not isinstance(row, _Row):
            row = self._rows[self._at] = _Row(row)
        return row

    def _write(self, text: str) -> None:
        row = self._row()
        if self._column <= MOST_COLUMNS:
            row.write(self._column, text, classes(self._style))
        self._column += len(text)

    def _move(self, signs: str) -> None:
        if signs == "\r":
            self._column = 0
        elif signs[0] == "\t":
            self._column += _TAB * len(signs) - self._column % _TAB
        else:
            self._column = max(0, self._column - len(signs))

    def _obey(self, final: str, codes: str) -> None:
        """Execute a cursor or erase sequence; ignore moves that progress bars do not use."""
        count = int(codes) if codes.isascii() and codes.isdigit() and len(codes) <= 4 else 1
        count = max(count, 1)
        if final in "AF":
            self._at = max(0, self._at - min(count, MOST_ROWS_UP))
        elif final in "BE":
            self._at = max(self._at, min(len(self._rows) - 1, self._at + count))
        elif final == "C":
            self._column += count
        elif final == "D":
            self._column = max(0, self._column - count)
        elif final == "G":
            self._column = count - 1
        elif final == "K":
            self._row().erase(self._column, codes)
        elif final == "J" and codes in ("", "0"):  # the other kinds would erase parts of a log
            self._row().erase(self._column, "0")
            del self._rows[self._at + 1 :]
        if final in "EF":
            self._column = 0


def steers(text: str) -> bool:
    """Return whether a text moves the cursor or changes the style.

    Args:
        text: any text.

    Returns:
        True if it has a backspace or an escape sequence.
    """
    return _STEERS.search(text) is not None


def _is_written_over(text: str) -> bool:
    """Return whether a screen is needed to show a line."""
    return ("\r" in text and "\t" in text) or steers(text)


def _simple(text: str, look: str) -> Line:
    if "\r" in text:
        text = _overwritten(text)
    text = text[: MOST_COLUMNS + 1].rstrip("\t").expandtabs(_TAB)
    end: Line = ((CUT, ""),) if len(text) > MOST_COLUMNS else ()
    return ((_visible(text[:MOST_COLUMNS]), look), *end) if text else ()


def _overwritten(text: str) -> str:
    """Return a line in which each part after a carriage return overwrites the parts before it."""
    shown = ""
    for part in reversed(text.split("\r")):
        if len(part) > len(shown):
            shown += part[len(shown) :]
    return shown


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join([sign if sign.isprintable() else _shown(sign) for sign in text])


def _shown(sign: str) -> str:
    """Return a visible replacement: pictures for control characters, a space for any space."""
    if sign < " ":
        return chr(0x2400 + ord(sign))
    if sign == "\x7f":
        return "\u2421"
    return " " if sign.isspace() and sign not in "\u0085\u2028\u2029" else "\ufffd"
