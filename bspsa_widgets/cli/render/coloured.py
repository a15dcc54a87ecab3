"""Lines of a log for a terminal that wants colours."""

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
    """It is a terminal, and nobody has said no (no-color.org)."""
    is_refused = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not is_refused


def coloured(line: Line) -> str:
    """The text with our own escape sequences, which end with the line."""
    return "".join([_run(text, look) for text, look in line])


def _run(text: str, look: str) -> str:
    codes = [str(_CODES[word]) for word in look.split() if word in _CODES]
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text
