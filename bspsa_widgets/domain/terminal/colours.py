"""Colours and fonts of a terminal (SGR sequences), as words of a small fixed set.

    bold dim italic underline
    red, bright-red …          the letters, in one of 16 colours
    on-red, on-bright-red …    the background

The words are classes of a view's style sheet: no part of the text itself becomes a class.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_DARK = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
COLOURS = (*_DARK, *(f"bright-{name}" for name in _DARK))
_MOST_CODES = 100  # characters; a longer sequence says nothing
_FONTS = {1: "bold", 2: "dim", 3: "italic", 4: "underline"}
_FONT_ENDS = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",)}

CLASSES = frozenset({*_FONTS.values(), *COLOURS, *(f"on-{name}" for name in COLOURS)})


class Style(NamedTuple):
    """The look of a text.

    Attributes:
        fonts: set of bold, dim, italic, underline.
        fore: name of the colour of the letters, or "".
        back: name of the background colour, or "".
        is_inverse: whether the two colours are exchanged.
    """

    fonts: frozenset[str] = frozenset()
    fore: str = ""
    back: str = ""
    is_inverse: bool = False


PLAIN = Style()


def styled(style: Style, codes: str) -> Style:
    """Return the style after an SGR sequence.

    Args:
        style: the style before it.
        codes: the text between `ESC [` and `m`; unknown codes change nothing.

    Returns:
        The new style.
    """
    return _styled(style, codes) if len(codes) <= _MOST_CODES else style


@lru_cache(4096)
def _styled(style: Style, codes: str) -> Style:
    left = [part.split(":") for part in codes.split(";")]
    left.reverse()
    while left:
        part = left.pop()
        code = _number(part[0])
        if code in (38, 48):
            colour = _given_colour(part[1:]) if len(part) > 1 else _next_colour(left)
            style = _coloured(style, colour, is_back=code == 48)
        elif code is not None and not (code == 4 and part[1:] == ["0"]):
            style = _after(style, code)
        elif code == 4:
            style = _after(style, 24)
    return style


@lru_cache(4096)
def classes(style: Style) -> str:
    """Return the class names for a style.

    Args:
        style: the style.

    Returns:
        Words separated by spaces; "" for plain text.
    """
    fore, back = style.fore, style.back
    if style.is_inverse:
        fore, back = back or "black", fore or "white"
    words = [font for font in _FONTS.values() if font in style.fonts]
    return " ".join([*words, *([fore] if fore else []), *([f"on-{back}"] if back else [])])


def _after(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _FONTS:
        return style._replace(fonts=style.fonts | {_FONTS[code]})
    if code in _FONT_ENDS:
        return style._replace(fonts=style.fonts - frozenset(_FONT_ENDS[code]))
    if code in (7, 27):
        return style._replace(is_inverse=code == 7)
    if code in (39, 49):
        return _coloured(style, "", is_back=code == 49)
    for first, bright in ((30, 0), (40, 0), (90, 8), (100, 8)):
        if first <= code <= first + 7:
            name = COLOURS[code - first + bright]
            return _coloured(style, name, is_back=first in (40, 100))
    return style


def _coloured(style: Style, colour: str | None, *, is_back: bool) -> Style:
    if colour is None:
        return style
    return style._replace(back=colour) if is_back else style._replace(fore=colour)


def _next_colour(left: list[list[str]]) -> str | None:
    """Take `5;n` or `2;r;g;b` from the codes left (the next one is last), and return its name."""
    kind = _number(left.pop()[0]) if left else None
    wanted = {5: 1, 2: 3}.get(kind or 0, 0)
    taken = [left.pop()[0] for _ in range(min(wanted, len(left)))]
    return _given_colour([str(kind), *taken])


def _given_colour(parts: list[str]) -> str | None:
    """Return the name for `5:n`, `2:r:g:b` or `2:space:r:g:b`; None where it is none of these."""
    numbers = [_number(part) for part in parts[1:]]
    given = [number for number in numbers if number is not None and number <= 255]
    if parts[0] == "5" and len(given) == 1:
        return _of_palette(given[0])
    if parts[0] == "2" and len(numbers) >= 3 and len(given) == len(numbers):
        return _usual(*given[-3:])
    return None


def _of_palette(number: int) -> str:
    """Return the name for one of 256 colours: 16 names, a cube of 6 × 6 × 6, and 24 greys."""
    if number < 16:
        return COLOURS[number]
    if number >= 232:
        return _usual(*[8 + 10 * (number - 232)] * 3)
    steps, at = (0, 95, 135, 175, 215, 255), number - 16
    return _usual(steps[at // 36], steps[at // 6 % 6], steps[at % 6])


def _usual(*parts: int) -> str:
    """Return the one of the 16 colours that has the same strong parts.

    Args:
        parts: red, green and blue, 0 to 255 each.
    """
    most, least = max(parts), min(parts)
    is_grey = most - least < 32
    if most < 64 or (is_grey and most < 160):
        return "black" if most < 64 else "bright-black"
    strong = 7 if is_grey else sum(1 << at for at in range(3) if 2 * parts[at] > most + least)
    return COLOURS[strong + 8 * (most > 240)]


def _number(text: str) -> int | None:
    """Return a number of an escape sequence, where "" is 0; None if it is not a small number."""
    if not text:
        return 0
    return int(text) if len(text) <= 4 and text.isascii() and text.isdigit() else None
