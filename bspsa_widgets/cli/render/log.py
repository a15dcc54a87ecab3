"""Prints a log to stdout, each line once, with colours on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from bspsa_widgets.cli.output import CommandOutput, line
from bspsa_widgets.domain.terminal.colours import COLOURS
from bspsa_widgets.domain.terminal.text import Line, plain
from bspsa_widgets.logs.snapshot import LogSnapshot

_FONTS = {"bold": 1, "dim": 2, "italic": 3, "underline": 4}
_FORE = {name: 30 + at if at < 8 else 82 + at for at, name in enumerate(COLOURS)}
_BACK = {f"on-{name}": code + 10 for name, code in _FORE.items()}
_CODES = _FONTS | _FORE | _BACK


class PrintedLog:
    """Prints the new lines of one stream.

    A line without an end may be a progress bar: it is only shown where it can be replaced.

    Args:
        output: where the command writes.
    """

    def __init__(self, output: CommandOutput) -> None:
        self._output = output
        self._next: int | None = None  # number of the next line to print
        self._anew = 0
        self._told: set[str] = set()
        self._is_coloured = wants_colours(sys.stdout)

    def show(self, look: LogSnapshot) -> bool:
        """Print the lines that are new.

        Args:
            look: current state of the stream.

        Returns:
            False if nothing reads stdout any more.
        """
        if look.anew != self._anew and self._next is not None:
            self._output.say("The log was written anew, or more came than is shown; it goes on:")
            self._next = None
        self._anew = look.anew
        for words in (look.problem, look.note):
            if words and words not in self._told:
                self._told.add(words)
                self._output.say(line(words))
        end = len(look.lines) - (1 if look.is_open and look.lines else 0)
        begin = 0 if self._next is None else max(0, self._next - look.at)
        if self._next is not None and look.at > self._next:
            self._output.say(f"({look.at - self._next:,} lines came too fast to be shown.)")
        self._next = max(look.at + end, look.at if self._next is None else self._next)
        new = look.lines[begin:end]
        shown = [coloured(each) for each in new] if self._is_coloured else plain(new)
        is_read = self._output.pass_on(shown)
        if self._output.is_live and end < len(look.lines):
            self._output.progress(plain(look.lines[end:])[0])
        return is_read


def wants_colours(stream: TextIO) -> bool:
    """Return whether to use colours: on a terminal, unless disabled (no-color.org).

    Args:
        stream: the output stream.

    Returns:
        True for colours.
    """
    is_refused = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not is_refused


def coloured(line: Line) -> str:
    """Return a line with escape sequences that end with the line.

    Args:
        line: the line.

    Returns:
        the text.
    """
    return "".join([_run(text, look) for text, look in line])


def _run(text: str, look: str) -> str:
    codes = [str(_CODES[word]) for word in look.split() if word in _CODES]
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text
