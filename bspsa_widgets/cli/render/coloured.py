"""Lines of a log with colours for a terminal."""

from __future__ import annotations

import os
from typing import TextIO

from bspsa_widgets.domain.terminal.colours import COLOURS
from bspsa_widgets.domain.terminal.text import Line

_FONTS = {"bold": 1, "dim": 2, "italic": 3, "underline": 4}
_FORE = {name: 30 + at if at < 8 else 82 + at for at, name in enumerate(COLOURS)}
_BACK = {f"on-{name}": code + 10 for name, code in _FORE.items()}
_CODES = _FONTS | _FORE | _BACK


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
