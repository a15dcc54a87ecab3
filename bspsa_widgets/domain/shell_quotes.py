"""Names put into a shell command, as fits the quotation marks around their place."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_PLACE = re.compile(r"(?<!\$)\{(\w+)\}")
_SPECIAL = re.compile(r'(["\\$`])')
_ENDS_WORD = frozenset(" \t\n;&|()<>")


def filled(command: str, names: Mapping[str, str]) -> str:
    """The command with `{key}` replaced by a name; `${key}` is the shell's own.

    Within quotation marks a name takes on none of its own, unless it is a word of a command
    that stands there as text, as in `bash -c "cd {folder} && ./run.sh"`.
    """
    parts: list[str] = []
    quotes = _Quotes()
    at = 0
    for place in _PLACE.finditer(command):
        if place[1] not in names:
            continue
        before = command[at : place.start()]
        quotes.read(before)
        parts += [before, _written(names[place[1]], quotes.mark, command[: place.start()])]
        at = place.end()
    return "".join(parts) + command[at:]


def _written(name: str, mark: str, before: str) -> str:
    if not mark:
        return shlex.quote(name)
    if before[-1:] in _ENDS_WORD:
        name = shlex.quote(name)
    return name.replace("'", "'\\''") if mark == "'" else _SPECIAL.sub(r"\\\1", name)


class _Quotes:
    """Reads a command from its beginning, as far as quotation marks go.

    Attributes:
        mark: within which the place is that was come to: ' or "; else "".
    """

    def __init__(self) -> None:
        self.mark = ""
        self._outside: list[str] = []  # the marks around each $( that is open
        self._last = "\n"
        self._is_comment = False
        self._is_escaped = False

    def read(self, text: str) -> None:
        """The next piece."""
        for sign in text:
            self._take(sign)
            self._last = sign

    def _take(self, sign: str) -> None:
        if self._is_escaped:
            self._is_escaped = False
        elif self._is_comment:
            self._is_comment = sign != "\n"
        elif self.mark == "'":
            self.mark = "" if sign == "'" else "'"
        elif sign == "\\":
            self._is_escaped = True
        elif sign == "(" and self._last == "$":
            self._outside.append(self.mark)
            self.mark = ""
        elif sign == '"':
            self.mark = "" if self.mark else '"'
        elif not self.mark:
            self._take_plain(sign)

    def _take_plain(self, sign: str) -> None:
        if sign == "'":
            self.mark = "'"
        elif sign == "#" and self._last in _ENDS_WORD:
            self._is_comment = True
        elif sign == ")" and self._outside:
            self.mark = self._outside.pop()
