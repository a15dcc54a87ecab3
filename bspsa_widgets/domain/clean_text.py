"""Clean text from outside (services, HPC systems, jobs) that is only shown to people.

Values used for a lookup (ids, keys of files, markers) are kept unchanged.
"""

from __future__ import annotations

import re
import unicodedata

_TERMINAL_CODES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-_])?")
_LINE_ENDS_AND_TABS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Control characters, half characters, and invisible ones that hide or reorder their neighbours.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # used by Persian and emoji: they belong to the text
_HALF = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return a text as one line in which nothing is hidden.

    Terminal codes are removed, line ends become spaces, and each invisible character becomes
    "\ufffd". All other text stays unchanged, in any language.

    Args:
        text: text from outside.

    Returns:
        One line of visible text.
    """
    if text.isprintable():
        return text
    return "".join(_clean(character) for character in _TERMINAL_CODES.sub("", text))


def is_unseen(character: str) -> bool:
    """Return whether a character is invisible, and may hide or reorder its neighbours.

    Args:
        character: one character.

    Returns:
        True for control and format characters, half characters, and line and paragraph
        separators.
    """
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS


def whole_characters(text: str) -> str:
    """Return a text with "\ufffd" for half characters, which cannot be sent or stored.

    Args:
        text: any text.

    Returns:
        Text without half characters (lone surrogates).
    """
    return _HALF.sub("\ufffd", text)


def _clean(character: str) -> str:
    if character in _LINE_ENDS_AND_TABS:
        return " "
    return "\ufffd" if is_unseen(character) else character
