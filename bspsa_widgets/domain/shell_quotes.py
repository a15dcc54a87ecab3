"""Put names into a shell command, quoted as the quotation marks around each place require."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_PLACE = re.compile(r"(?<!\$)\{(\w+)\}")
_SPECIAL = re.compile(r'(["\\$`])')
_ENDS_WORD = frozenset(" \t\n;&|()<>")


def filled(command: str, names: Mapping[str, str]) -> str:
    """Return the command with each `{key}` replaced by a name; `${key}` is left to the shell.

    Inside quotation marks a name gets no marks of its own, except as a word of a command that
    is quoted as a whole, as in `bash -c "cd {folder} && ./run.sh"`.

    Args:
        command: shell lines with placeholders.
        names: name for each placeholder, unquoted.

    Returns:
        The command.
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
    """Track the quotation marks of a command, from its beginning.

    Attributes:
        mark: the quotation mark that is open at the current position: ' or "; else "".
    """

    def __init__(self) -> None:
        self.mark = ""
        self._outside: list[str] = []  # the marks around each $( that is open
        self._last = "\n"
        self._is_comment = False
        self._is_escaped = False

    def read(self, text: str) -> None:
        """Read the next part of the command."""
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
