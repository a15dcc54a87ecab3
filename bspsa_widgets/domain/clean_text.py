"""Text from outside (services, HPC systems, jobs), cleaned where it enters: it is only shown.

What something is found by (ids, keys of files, markers) is kept as it came.
"""

from __future__ import annotations

import re
import unicodedata

_TERMINAL_CODES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-_])?")
_LINE_ENDS_AND_TABS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Control characters, half characters, and what is not seen but turns or hides what stands beside.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # of Persian and of emoji: they belong to the text
_HALF = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return the text as one line in which nothing is hidden.

    Terminal codes are taken out, ends of lines become spaces, and each character that is not
    seen becomes "\ufffd". All other text stays as it is, in any language.
    """
    if text.isprintable():
        return text
    return "".join(_clean(character) for character in _TERMINAL_CODES.sub("", text))


def is_unseen(character: str) -> bool:
    """Whether a character is not seen, but may hide others or turn them around."""
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS


def whole_characters(text: str) -> str:
    """Return the text with "\ufffd" for half characters, which cannot be sent or stored."""
    return _HALF.sub("\ufffd", text)


def _clean(character: str) -> str:
    if character in _LINE_ENDS_AND_TABS:
        return " "
    return "\ufffd" if is_unseen(character) else character
